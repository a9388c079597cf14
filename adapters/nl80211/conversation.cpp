#include "adapters/nl80211/conversation.h"

#include <fmt/format.h>
#include <netlink/errno.h>
#include <netlink/genl/ctrl.h>
#include <poll.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <cstring>
#include <deque>

namespace postassoc {
namespace {

constexpr int kAnswerLimitMs = 5000;
/// Beyond these the oldest events are let go: nobody takes them.
constexpr std::size_t kMostEvents = 4096;

using Message = std::unique_ptr<nl_msg, decltype(&nlmsg_free)>;
using Callbacks = std::unique_ptr<nl_cb, decltype(&nl_cb_put)>;

}  // namespace

struct Nl80211Conversation::State : std::enable_shared_from_this<State> {
  State(asio::any_io_executor with, Nl80211Socket opened, OnEvent sink)
      : executor(std::move(with)),
        socket(std::move(opened)),
        on_event(std::move(sink)),
        descriptor(executor, nl_socket_get_fd(socket.raw())),
        callbacks(nl_cb_alloc(NL_CB_DEFAULT), &nl_cb_put) {}
  ~State() { descriptor.release(); }  // the socket closes it

  asio::any_io_executor executor;
  Nl80211Socket socket;
  OnEvent on_event;
  asio::posix::stream_descriptor descriptor;
  Callbacks callbacks;
  std::deque<Message> events;
  bool delivering = false;
  bool stopped = false;
  // Of the exchange that is under way:
  std::uint32_t sequence = 0;
  int status = 0;  ///< 1: goes on, 0: done, negative: -errno
  const Nl80211Socket::OnMessage* on_message = nullptr;

  void install_callbacks();
  Result<> run(const Nl80211Request& request, std::string_view doing, std::string where);
  void deliver();
  static void wait(const std::shared_ptr<State>& state);
};

void Nl80211Conversation::State::install_callbacks() {
  nl_cb* cb = callbacks.get();
  nl_cb_set(
      cb, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, [](nl_msg*, void*) -> int { return NL_OK; }, nullptr);
  nl_cb_set(
      cb, NL_CB_VALID, NL_CB_CUSTOM,
      [](nl_msg* message, void* argument) -> int {
        auto& state = *static_cast<State*>(argument);
        const nlmsghdr* header = nlmsg_hdr(message);
        if (state.status > 0 && header->nlmsg_seq == state.sequence) {
          const auto attributes = Attributes::parse(header);
          if (attributes && state.on_message != nullptr && *state.on_message) {
            (*state.on_message)(*attributes);
          }
        } else if (header->nlmsg_type == state.socket.family()) {
          nlmsg_get(message);
          state.events.emplace_back(message, &nlmsg_free);
          if (state.events.size() > kMostEvents) {
            state.events.pop_front();
          }
        }
        return NL_OK;
      },
      this);
  const auto on_end = [](nl_msg*, void* argument) -> int {
    static_cast<State*>(argument)->status = 0;
    return NL_STOP;
  };
  nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_end, this);
  nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_end, this);
  nl_cb_err(
      cb, NL_CB_CUSTOM,
      [](sockaddr_nl*, nlmsgerr* error, void* argument) -> int {
        static_cast<State*>(argument)->status = error->error;
        return NL_STOP;
      },
      this);
}

Result<> Nl80211Conversation::State::run(const Nl80211Request& request, std::string_view doing,
                                         std::string where) {
  const auto failed = [&](std::string_view why) {
    status = 0;
    return Error{Fault::lab, fmt::format("can't {}: {}", doing, why), where};
  };
  if (const int sent = nl_send_auto(socket.raw(), request.message()); sent < 0) {
    return failed(nl_geterror(sent));
  }
  sequence = nlmsg_hdr(request.message())->nlmsg_seq;
  status = 1;
  while (status > 0) {
    const int read = nl_recvmsgs(socket.raw(), callbacks.get());
    if (read == -NLE_AGAIN) {
      pollfd readable{nl_socket_get_fd(socket.raw()), POLLIN, 0};
      if (poll(&readable, 1, kAnswerLimitMs) <= 0) {
        return failed("the kernel does not answer");
      }
    } else if (read < 0 && read != -NLE_NOMEM && status > 0) {
      return failed(nl_geterror(read));
    }
  }
  return status < 0 ? Result<>(failed(std::strerror(-status))) : Result<>();
}

void Nl80211Conversation::State::deliver() {
  if (delivering) {
    return;
  }
  delivering = true;
  const auto self = shared_from_this();
  while (!events.empty() && !stopped) {
    const Message message = std::move(events.front());
    events.pop_front();
    const nlmsghdr* header = nlmsg_hdr(message.get());
    if (const auto attributes = Attributes::parse(header)) {
      on_event(static_cast<const genlmsghdr*>(nlmsg_data(header))->cmd, *attributes);
    }
  }
  delivering = false;
}

/// The handler that waits holds it weakly, so that destroying the owner closes the socket at once.
void Nl80211Conversation::State::wait(const std::shared_ptr<State>& state) {
  state->descriptor.async_wait(
      asio::posix::stream_descriptor::wait_read,
      [weak = std::weak_ptr(state)](boost::system::error_code error) {
        const auto state = weak.lock();
        if (error || !state || state->stopped) {
          return;
        }
        while (nl_recvmsgs(state->socket.raw(), state->callbacks.get()) >= 0) {
        }
        state->deliver();
        if (!state->stopped) {
          wait(state);
        }
      });
}

Result<std::unique_ptr<Nl80211Conversation>> Nl80211Conversation::start(
    asio::any_io_executor executor, const NetworkNamespace& where,
    std::initializer_list<const char*> groups, OnEvent on_event) {
  auto socket = Nl80211Socket::open(where);
  if (!socket) {
    return socket.error();
  }
  int status = nl_socket_set_nonblocking(socket->raw());
  for (const char* name : groups) {
    const int group = genl_ctrl_resolve_grp(socket->raw(), NL80211_GENL_NAME, name);
    status = status < 0 ? status : group;
    status = status < 0 ? status : nl_socket_add_membership(socket->raw(), group);
  }
  if (status < 0) {
    return Error{Fault::rig_unavailable,
                 std::string("can't listen to nl80211 events: ") + nl_geterror(status), where.name};
  }
  auto state = std::make_shared<State>(executor, std::move(*socket), std::move(on_event));
  state->install_callbacks();
  State::wait(state);
  return std::unique_ptr<Nl80211Conversation>(new Nl80211Conversation(std::move(state)));
}

Nl80211Conversation::Nl80211Conversation(std::shared_ptr<State> state) : state_(std::move(state)) {}

Nl80211Conversation::~Nl80211Conversation() {
  state_->stopped = true;
}

Nl80211Request Nl80211Conversation::request(nl80211_commands command, int flags) const {
  return state_->socket.request(command, flags);
}

Result<> Nl80211Conversation::exchange(const Nl80211Request& request, std::string_view doing,
                                       std::string where,
                                       const Nl80211Socket::OnMessage& on_message) {
  state_->on_message = &on_message;
  auto done = state_->run(request, doing, std::move(where));
  state_->on_message = nullptr;
  if (!state_->events.empty()) {
    asio::post(state_->executor, [weak = std::weak_ptr(state_)] {
      if (const auto state = weak.lock()) {
        state->deliver();
      }
    });
  }
  return done;
}

}  // namespace postassoc
