#include "adapters/nl80211/nl80211_events.h"

#include <netlink/errno.h>
#include <netlink/genl/ctrl.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <utility>

#include "adapters/nl80211/netlink.h"
#include "harness/frames/mac_address.h"

namespace postassoc {
namespace {

// A management frame: the header's addresses, then the fixed fields (IEEE 802.11, 9.3.3.1).
constexpr std::size_t kAddress2 = 10;
constexpr std::size_t kAddress3 = 16;
constexpr std::size_t kBody = 24;

std::optional<std::uint16_t> u16_at(ByteView frame, std::size_t at) {
  if (frame.size() < at + 2) {
    return std::nullopt;
  }
  return static_cast<std::uint16_t>(std::to_integer<unsigned>(frame[at]) |
                                    std::to_integer<unsigned>(frame[at + 1]) << 8);
}

std::optional<std::string> mac_at(ByteView frame, std::size_t at) {
  if (frame.size() < at + 6) {
    return std::nullopt;
  }
  return to_string(MacAddress::from(frame.subspan(at)));
}

template <class T>
void put(nlohmann::json& detail, const char* key, const std::optional<T>& value) {
  if (value) {
    detail[key] = *value;
  }
}

/// Status of a response frame, `offset` bytes into its body.
void put_response(const Attributes& attributes, std::size_t offset, nlohmann::json& detail) {
  const auto frame = attributes.bytes(NL80211_ATTR_FRAME);
  put(detail, "status", u16_at(frame, kBody + offset));
  put(detail, "mac", mac_at(frame, kAddress3));
  if (attributes.has(NL80211_ATTR_TIMED_OUT)) {
    detail["timed_out"] = true;
  }
}

void put_leave(const Attributes& attributes, nlohmann::json& detail) {
  const auto frame = attributes.bytes(NL80211_ATTR_FRAME);
  put(detail, "mac", mac_at(frame, kAddress3));
  put(detail, "transmitter", mac_at(frame, kAddress2));
  put(detail, "reason", u16_at(frame, kBody));
}

/// Name and details by command; empty: not one that is reported.
std::string describe(int command, const Attributes& attributes, nlohmann::json& detail) {
  switch (command) {
    case NL80211_CMD_AUTHENTICATE:
      put_response(attributes, 4, detail);  // after algorithm and transaction number
      return "NL80211_CMD_AUTHENTICATE";
    case NL80211_CMD_ASSOCIATE:
      put_response(attributes, 2, detail);  // after the capabilities
      return "NL80211_CMD_ASSOCIATE";
    case NL80211_CMD_CONNECT:
      put(detail, "status", attributes.u16(NL80211_ATTR_STATUS_CODE));
      return "NL80211_CMD_CONNECT";
    case NL80211_CMD_DISCONNECT:
      put(detail, "reason", attributes.u16(NL80211_ATTR_REASON_CODE));
      detail["by_access_point"] = attributes.has(NL80211_ATTR_DISCONNECTED_BY_AP);
      return "NL80211_CMD_DISCONNECT";
    case NL80211_CMD_DEAUTHENTICATE:
      put_leave(attributes, detail);
      return "NL80211_CMD_DEAUTHENTICATE";
    case NL80211_CMD_DISASSOCIATE:
      put_leave(attributes, detail);
      return "NL80211_CMD_DISASSOCIATE";
    case NL80211_CMD_UNPROT_DEAUTHENTICATE:
      put_leave(attributes, detail);
      return "NL80211_CMD_UNPROT_DEAUTHENTICATE";
    case NL80211_CMD_UNPROT_DISASSOCIATE:
      put_leave(attributes, detail);
      return "NL80211_CMD_UNPROT_DISASSOCIATE";
    case NL80211_CMD_PORT_AUTHORIZED:
      return "NL80211_CMD_PORT_AUTHORIZED";
    case NL80211_CMD_NEW_STATION:
      return "NL80211_CMD_NEW_STATION";
    case NL80211_CMD_DEL_STATION:
      return "NL80211_CMD_DEL_STATION";
    default:
      return {};
  }
}

}  // namespace

std::optional<Event> decode_nl80211_event(const nlmsghdr* message, const Nl80211Interface& of) {
  const auto attributes = Attributes::parse(message);
  if (!attributes ||
      attributes->u32(NL80211_ATTR_IFINDEX) != static_cast<std::uint32_t>(of.index)) {
    return std::nullopt;
  }
  Event event;
  event.uncertainty = std::chrono::milliseconds(1);
  event.witness = Witness::kernel;
  event.side = of.side;
  const auto mac = attributes->bytes(NL80211_ATTR_MAC);
  put(event.detail, "mac", mac_at(mac, 0));
  const auto* generic = static_cast<const genlmsghdr*>(nlmsg_data(message));
  event.name = describe(generic->cmd, *attributes, event.detail);
  event.detail["interface"] = of.name;
  return event.name.empty() ? std::nullopt : std::optional(std::move(event));
}

/// The handler that waits holds it weakly, so that destroying the owner closes the socket at once:
/// an open socket keeps its namespace alive, and with it the radio away from home.
struct Nl80211Events::State {
  State(asio::any_io_executor executor, Nl80211Socket opened, Nl80211Interface interface_of,
        EventSink sink)
      : socket(std::move(opened)),
        interface(std::move(interface_of)),
        emit(std::move(sink)),
        descriptor(executor, nl_socket_get_fd(socket.raw())) {}
  ~State() { descriptor.release(); }  // the socket closes it

  Nl80211Socket socket;
  Nl80211Interface interface;
  EventSink emit;
  asio::posix::stream_descriptor descriptor;
  bool stopped = false;

  void drain();
  static int on_message(nl_msg* message, void* state);
  static void wait(const std::shared_ptr<State>& state);
};

int Nl80211Events::State::on_message(nl_msg* message, void* argument) {
  auto& state = *static_cast<State*>(argument);
  const auto* header = nlmsg_hdr(message);
  if (header->nlmsg_type == state.socket.family()) {
    if (auto event = decode_nl80211_event(header, state.interface)) {
      event->time = monotonic_now();
      state.emit(std::move(*event));
    }
  }
  return NL_OK;
}

void Nl80211Events::State::drain() {
  int status = 0;
  while ((status = nl_recvmsgs_default(socket.raw())) >= 0 && !stopped) {
  }
  if (status == -NLE_NOMEM) {  // ENOBUFS
    Event lost;
    lost.time = monotonic_now();
    lost.witness = Witness::host;
    lost.side = interface.side;
    lost.name = "nl80211_lost";
    lost.detail["interface"] = interface.name;
    emit(std::move(lost));
  }
}

void Nl80211Events::State::wait(const std::shared_ptr<State>& state) {
  state->descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                               [weak = std::weak_ptr(state)](boost::system::error_code error) {
                                 const auto state = weak.lock();
                                 if (!error && state && !state->stopped) {
                                   state->drain();
                                   wait(state);
                                 }
                               });
}

Result<Nl80211Events> Nl80211Events::start(asio::any_io_executor executor,
                                           const NetworkNamespace& where,
                                           Nl80211Interface interface, EventSink emit) {
  auto socket = Nl80211Socket::open(where);
  if (!socket) {
    return socket.error();
  }
  const int group =
      genl_ctrl_resolve_grp(socket->raw(), NL80211_GENL_NAME, NL80211_MULTICAST_GROUP_MLME);
  int status = group < 0 ? group : nl_socket_add_membership(socket->raw(), group);
  if (status >= 0) {
    status = nl_socket_set_nonblocking(socket->raw());
  }
  if (status < 0) {
    return Error{Fault::rig_unavailable,
                 std::string("can't listen to nl80211 events: ") + nl_geterror(status),
                 interface.name};
  }
  nl_socket_disable_seq_check(socket->raw());
  auto state =
      std::make_shared<State>(executor, std::move(*socket), std::move(interface), std::move(emit));
  nl_socket_modify_cb(state->socket.raw(), NL_CB_VALID, NL_CB_CUSTOM, &State::on_message,
                      state.get());
  State::wait(state);
  return Nl80211Events(std::move(state));
}

Nl80211Events::Nl80211Events(std::shared_ptr<State> state) : state_(std::move(state)) {}

Nl80211Events::~Nl80211Events() {
  if (state_) {
    state_->stopped = true;  // should it be destroyed by what it emitted
  }
}

}  // namespace postassoc
