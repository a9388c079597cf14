#include "adapters/medium/hwsim_medium.h"

#include <netlink/errno.h>
#include <netlink/genl/ctrl.h>

#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <map>
#include <utility>

#include "adapters/medium/hwsim_messages.h"
#include "harness/run/delivery_schedule.h"

namespace postassoc {
namespace {

using SocketPtr = std::unique_ptr<nl_sock, decltype(&nl_socket_free)>;

struct Radio {
  MacAddress name;  ///< 42:00:00:00:01:00
  /// Of its interfaces that are up, and how often the driver named each: a scan names the
  /// interface's own a second time, until it is over.
  std::map<MacAddress, int> addresses;
  int frequency_mhz = 0;  ///< of its last transmission; 0: none yet

  void add(const MacAddress& address) { ++addresses[address]; }
  void remove(const MacAddress& address) {
    const auto found = addresses.find(address);
    if (found != addresses.end() && --found->second == 0) {
      addresses.erase(found);
    }
  }
};

Error unavailable(std::string_view what, int status) {
  return {Fault::rig_unavailable, std::string(what) + ": " + nl_geterror(status), hwsim::kFamily};
}

int on_radio(nl_msg* message, void* argument) {
  auto& radios = *static_cast<std::vector<Radio>*>(argument);
  const auto radio = hwsim::Message::parse(nlmsg_hdr(message));
  if (radio && radio->radio_id) {
    radios.push_back({hwsim::radio_name(*radio->radio_id), {}, 0});
  }
  return NL_OK;
}

/// The radios of this namespace.
Result<std::vector<Radio>> list_radios(nl_sock* socket, int family) {
  std::vector<Radio> radios;
  nl_socket_modify_cb(socket, NL_CB_VALID, NL_CB_CUSTOM, on_radio, &radios);
  const auto ask = hwsim::request(family, hwsim::kGetRadio, NLM_F_DUMP);
  int status = nl_send_auto(socket, ask.get());
  status = status < 0 ? status : nl_recvmsgs_default(socket);
  if (status < 0) {
    return unavailable("can't list the simulated radios", status);
  }
  return radios;
}

}  // namespace

/// Handlers that wait hold it weakly: destroying the owner closes the socket at once.
struct HwsimMedium::State {
  State(const asio::any_io_executor& executor, SocketPtr opened, int number, MediumEngine rules,
        EventSink sink)
      : socket(std::move(opened)),
        family(number),
        engine(std::move(rules)),
        emit(std::move(sink)),
        descriptor(executor, nl_socket_get_fd(socket.get())),
        schedule(executor, [this](const MediumDelivery& delivery) { deliver(delivery); }) {}
  ~State() { descriptor.release(); }  // the socket closes it

  static int on_message(nl_msg* message, void* state);
  static int on_error(sockaddr_nl*, nlmsgerr*, void*) { return NL_SKIP; }
  static void wait(const std::shared_ptr<State>& state);

  void drain();
  void transmitted(const hwsim::Message& message);
  Radio* radio_named(const MacAddress& name);
  void deliver(const MediumDelivery& delivery);
  void tell(Timestamp time, std::string name, nlohmann::json detail) {
    emit({time, {}, Witness::harness, Side::none, std::move(name), std::move(detail)});
  }

  SocketPtr socket;
  int family;
  MediumEngine engine;
  EventSink emit;
  asio::posix::stream_descriptor descriptor;
  DeliverySchedule schedule;
  std::vector<Radio> radios;
  std::uint64_t frames = 0, acknowledged = 0, delivered = 0;
  bool stopped = false;
};

Radio* HwsimMedium::State::radio_named(const MacAddress& name) {
  const auto found = std::find_if(radios.begin(), radios.end(),
                                  [&](const Radio& radio) { return radio.name == name; });
  return found == radios.end() ? nullptr : &*found;
}

int HwsimMedium::State::on_message(nl_msg* message, void* argument) {
  auto& state = *static_cast<State*>(argument);
  const auto* header = nlmsg_hdr(message);
  const auto parsed =
      header->nlmsg_type == state.family ? hwsim::Message::parse(header) : std::nullopt;
  if (!parsed || !parsed->transmitter) {
    return NL_OK;
  }
  Radio* radio = state.radio_named(*parsed->transmitter);
  if (parsed->command == hwsim::kFrame) {
    state.transmitted(*parsed);
  } else if (radio != nullptr && parsed->receiver && parsed->command == hwsim::kAddMacAddress) {
    radio->add(*parsed->receiver);
  } else if (radio != nullptr && parsed->receiver && parsed->command == hwsim::kDelMacAddress) {
    radio->remove(*parsed->receiver);
  }
  return NL_OK;
}

/// A frame is answered before it is received: its acknowledgement comes before anything that the
/// receiver makes of it.
void HwsimMedium::State::transmitted(const hwsim::Message& message) {
  Radio* from = radio_named(*message.transmitter);
  if (from == nullptr || !message.cookie) {
    return;
  }
  ++frames;
  from->frequency_mhz = static_cast<int>(message.frequency_mhz);
  constexpr std::size_t kAddress1 = 4, kAddress2 = 10, kAddress = 6;
  MediumTransmission sent;
  sent.time = monotonic_now();
  sent.frame = message.frame;
  sent.frequency_mhz = from->frequency_mhz;
  std::optional<MacAddress> ra;
  if (message.frame.size() >= kAddress1 + kAddress) {
    ra = MacAddress::from(message.frame.subspan(kAddress1));
  }
  sent.own_address = message.frame.size() >= kAddress2 + kAddress &&
                     from->addresses.contains(MacAddress::from(message.frame.subspan(kAddress2)));
  for (std::size_t i = 0; i < radios.size(); ++i) {
    const Radio& to = radios[i];
    if (&to == from) {
      continue;
    }
    const bool addressed = ra && !ra->is_group() && to.addresses.contains(*ra);
    const MacAddress own = to.addresses.empty() ? to.name : to.addresses.begin()->first;
    sent.receivers.push_back({static_cast<int>(i), addressed ? *ra : own});
    const bool tuned = to.frequency_mhz == 0 || to.frequency_mhz == sent.frequency_mhz;
    sent.addressee_there |= addressed && tuned;
  }
  MediumDecision decision = engine.transmit(sent);
  const bool ack = decision.acknowledged && (message.flags & hwsim::kTxNoAck) == 0;
  acknowledged += ack ? 1 : 0;
  nl_send_auto(socket.get(), hwsim::tx_info(family, message, ack).get());
  for (nlohmann::json& action : decision.actions) {
    tell(sent.time, "medium_action", std::move(action));
  }
  for (MediumDelivery& delivery : decision.deliveries) {
    schedule.take(std::move(delivery), sent.time);
  }
}

void HwsimMedium::State::deliver(const MediumDelivery& delivery) {
  for (const int radio : delivery.radios) {
    const MacAddress& name = radios[static_cast<std::size_t>(radio)].name;
    const auto message = hwsim::deliver(family, name, delivery.frame, delivery.frequency_mhz);
    delivered += nl_send_auto(socket.get(), message.get()) < 0 ? 0 : 1;
  }
  if (!delivery.detail.is_null()) {
    tell(monotonic_now(), "medium_delivered", delivery.detail);
  }
}

void HwsimMedium::State::drain() {
  int status = 0;
  while ((status = nl_recvmsgs_default(socket.get())) >= 0 && !stopped) {
  }
  if (status == -NLE_NOMEM) {  // ENOBUFS: frames were lost on their way here
    tell(monotonic_now(), "medium_overflow", nlohmann::json::object());
  }
}

void HwsimMedium::State::wait(const std::shared_ptr<State>& state) {
  state->descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                               [weak = std::weak_ptr(state)](boost::system::error_code error) {
                                 const auto state = weak.lock();
                                 if (!error && state && !state->stopped) {
                                   state->drain();
                                   wait(state);
                                 }
                               });
}

Result<std::unique_ptr<HwsimMedium>> HwsimMedium::start(const asio::any_io_executor& executor,
                                                        MediumEngine engine, EventSink emit) {
  SocketPtr socket(nl_socket_alloc(), &nl_socket_free);
  if (const int status = genl_connect(socket.get()); status < 0) {
    return unavailable("can't open a generic-netlink socket", status);
  }
  const int family = genl_ctrl_resolve(socket.get(), hwsim::kFamily);
  if (family < 0) {
    return unavailable("the kernel has no mac80211_hwsim", family);
  }
  constexpr int kBuffer = 4 << 20;
  nl_socket_set_buffer_size(socket.get(), kBuffer, kBuffer);
  auto radios = list_radios(socket.get(), family);
  if (!radios) {
    return radios.error();
  }
  const auto registration = hwsim::request(family, hwsim::kRegister);
  int status = nl_send_auto(socket.get(), registration.get());
  status = status < 0 ? status : nl_wait_for_ack(socket.get());
  if (status < 0) {
    return unavailable("can't become the medium (is another program?)", status);
  }
  nl_socket_disable_seq_check(socket.get());
  nl_socket_disable_auto_ack(socket.get());
  nl_socket_set_nonblocking(socket.get());
  auto state = std::make_shared<State>(executor, std::move(socket), family, std::move(engine),
                                       std::move(emit));
  state->radios = std::move(*radios);
  nl_socket_modify_cb(state->socket.get(), NL_CB_VALID, NL_CB_CUSTOM, &State::on_message,
                      state.get());
  nl_socket_modify_err_cb(state->socket.get(), NL_CB_CUSTOM, &State::on_error, nullptr);
  State::wait(state);
  state->tell(monotonic_now(), "medium_started", {{"radios", state->radios.size()}});
  return std::unique_ptr<HwsimMedium>(new HwsimMedium(std::move(state)));
}

HwsimMedium::HwsimMedium(std::shared_ptr<State> state) : state_(std::move(state)) {}

HwsimMedium::~HwsimMedium() {
  if (state_) {
    state_->stopped = true;  // should it be destroyed by what it emitted
  }
}

void HwsimMedium::replace(std::vector<medium::Rule> rules) {
  const Timestamp now = monotonic_now();
  for (MediumDelivery& delivery : state_->engine.replace(std::move(rules), now)) {
    state_->deliver(delivery);
  }
}

void HwsimMedium::notice(const Event& event) {
  for (MediumDelivery& delivery : state_->engine.notice(event)) {
    state_->deliver(delivery);
  }
}

void HwsimMedium::learn(const Bytes& pmk) {
  state_->engine.learn(pmk);
}

std::vector<std::pair<std::string, std::string>> HwsimMedium::unmatched() const {
  return state_->engine.unmatched();
}

/// What waits to be answered is answered first: the driver keeps such frames.
Task<> HwsimMedium::stop() {
  if (!state_) {
    co_return Result<>{};
  }
  state_->drain();
  state_->stopped = true;
  state_->tell(monotonic_now(), "medium_stopped",
               {{"frames", state_->frames},
                {"acknowledged", state_->acknowledged},
                {"delivered", state_->delivered}});
  state_.reset();
  co_return Result<>{};
}

}  // namespace postassoc
