#include "adapters/medium/eapol_relay.h"

#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "harness/clock.h"
#include "harness/frames/build.h"
#include "harness/frames/byte_writer.h"
#include "harness/frames/dot11.h"
#include "harness/frames/eapol.h"
#include "harness/frames/msdu.h"
#include "harness/run/delivery_schedule.h"

namespace postassoc {
namespace {

constexpr std::size_t kLlcSnap = 8;
/// Of the one radio that there is on the other side.
constexpr int kPeer = 0;

/// What hostapd says of a frame: "EAPOL-TX 02:00:00:00:01:00 0103005f02...".
struct Handed {
  MacAddress station;
  Bytes pdu;
};

bool is_handed_over(const Event& event) {
  return event.witness == Witness::access_point && event.name == "EAPOL-TX";
}

std::optional<Handed> parse_handed(const Event& event) {
  const auto text = event.detail.find("text");
  if (text == event.detail.end() || !text->is_string()) {
    return std::nullopt;
  }
  const std::string line = text->get<std::string>();
  const auto second = line.find(' ');
  const auto third = second == line.npos ? line.npos : line.find(' ', second + 1);
  if (third == line.npos) {
    return std::nullopt;
  }
  const auto station = MacAddress::parse(line.substr(second + 1, third - second - 1));
  auto pdu = from_hex(line.substr(third + 1));
  if (!station || !pdu || pdu->empty()) {
    return std::nullopt;
  }
  return Handed{*station, std::move(*pdu)};
}

/// By content alone: nothing else is known of the session here, and frames are not encrypted yet.
MediumSight sight_of(const Handed& handed) {
  MediumSight sight;
  sight.frame = medium::FrameWord::eapol;
  sight.from = medium::From::access_point;
  if (const auto eapol = parse_eapol(handed.pdu)) {
    const auto key = parse_eapol_key(*eapol);
    sight.frame = eapol_word(eapol->type, key ? classify(*key) : KeyMessage::unknown);
  }
  return sight;
}

/// As it would be on the air, in clear.
Bytes as_frame(const Handed& handed, const MacAddress& bssid) {
  DataHeader header;
  header.bssid = header.sa = bssid;
  header.da = handed.station;
  header.from_ds = true;
  return build_data_frame(header, build_llc_snap(kEthertypeEapol, handed.pdu));
}

Result<int> open_socket(const EapolRelay::Options& options) {
  const auto fails = [&](const char* what) {
    return Error{Fault::rig_unavailable, std::string(what) + ": " + std::strerror(errno),
                 options.interface};
  };
  auto scope = NamespaceScope::enter(options.network_namespace);
  if (!scope) {
    return scope.error();
  }
  const int fd = ::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) {
    return fails("EAPOL can't be relayed without a packet socket (needs root or CAP_NET_RAW)");
  }
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_ifindex = static_cast<int>(::if_nametoindex(options.interface.c_str()));
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    auto error = fails("EAPOL can't be relayed");
    ::close(fd);
    return error;
  }
  return fd;
}

}  // namespace

struct EapolRelay::State {
  State(const asio::any_io_executor& on, MediumEngine rules, MacAddress access_point, int fd,
        EventSink sink)
      : engine(std::move(rules)),
        bssid(access_point),
        socket(fd),
        emit(std::move(sink)),
        schedule(on, [this](const MediumDelivery& delivery) { deliver(delivery); }) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { ::close(socket); }

  void tell(std::string name, nlohmann::json detail) {
    emit({monotonic_now(), {}, Witness::harness, Side::none, std::move(name), std::move(detail)});
  }
  void handed_over(const Handed& handed);
  void deliver(const MediumDelivery& delivery);
  void send(const MacAddress& station, ByteView pdu);

  MediumEngine engine;
  MacAddress bssid;
  int socket;
  EventSink emit;
  DeliverySchedule schedule;
  std::uint64_t frames = 0, delivered = 0;
};

void EapolRelay::State::handed_over(const Handed& handed) {
  const Bytes frame = as_frame(handed, bssid);
  MediumTransmission sent;
  sent.time = monotonic_now();
  sent.frame = frame;
  sent.sight = sight_of(handed);
  sent.addressee_there = true;
  sent.receivers = {{kPeer, handed.station}};
  ++frames;
  const auto as_relayed = [](nlohmann::json& detail) {
    detail.erase("sequence");
    detail["relay"] = true;
  };
  MediumDecision decision = engine.transmit(sent);
  for (nlohmann::json& action : decision.actions) {
    as_relayed(action);
    tell("medium_action", std::move(action));
  }
  for (MediumDelivery& delivery : decision.deliveries) {
    if (!delivery.detail.is_null()) {
      as_relayed(delivery.detail);
    }
    schedule.take(std::move(delivery), sent.time);
  }
}

void EapolRelay::State::deliver(const MediumDelivery& delivery) {
  const auto frame = parse_dot11(delivery.frame);
  if (!frame || frame->body.size() < kLlcSnap || delivery.radios.empty()) {
    return;
  }
  send(frame->ra, frame->body.subspan(kLlcSnap));
  ++delivered;
  if (!delivery.detail.is_null()) {
    tell("medium_delivered", delivery.detail);
  }
}

void EapolRelay::State::send(const MacAddress& station, ByteView pdu) {
  const Bytes frame =
      ByteWriter().address(station).address(bssid).be16(kEthertypeEapol).bytes(pdu).take();
  if (::send(socket, frame.data(), frame.size(), 0) < 0) {
    tell("medium_overflow", {{"text", std::strerror(errno)}});
  }
}

Task<std::unique_ptr<EapolRelay>> EapolRelay::start(MediumEngine engine, AccessPoint& access_point,
                                                    Options options, EventSink emit) {
  const auto executor = co_await asio::this_coro::executor;
  const auto socket = open_socket(options);
  if (!socket) {
    co_return socket.error();
  }
  auto state = std::make_shared<State>(executor, std::move(engine), access_point.bssid(), *socket,
                                       std::move(emit));
  const auto answer = co_await access_point.command("SET ext_eapol_frame_io 1");
  if (!answer) {
    co_return answer.error();
  }
  if (*answer != "OK") {
    co_return Error{Fault::rig_unavailable,
                    "hostapd does not hand over its EAPOL frames (is it built with "
                    "CONFIG_TESTING_OPTIONS?)",
                    options.interface};
  }
  state->tell("medium_started", {{"relay", "ext_eapol_frame_io"}});
  co_return std::unique_ptr<EapolRelay>(new EapolRelay(std::move(state)));
}

EapolRelay::EapolRelay(std::shared_ptr<State> state) : state_(std::move(state)) {}
EapolRelay::~EapolRelay() = default;

void EapolRelay::replace(std::vector<medium::Rule> rules) {
  for (const MediumDelivery& delivery : state_->engine.replace(std::move(rules), monotonic_now())) {
    state_->deliver(delivery);
  }
}

void EapolRelay::notice(const Event& event) {
  const auto state = state_;
  if (!state) {
    return;
  }
  for (const MediumDelivery& delivery : state->engine.notice(event)) {
    state->deliver(delivery);
  }
  if (!is_handed_over(event)) {
    return;
  }
  if (const auto handed = parse_handed(event)) {
    state->handed_over(*handed);
  } else {
    state->tell("medium_overflow", {{"text", "hostapd's EAPOL-TX can't be read"}});
  }
}

void EapolRelay::learn(const Bytes& pmk) {
  state_->engine.learn(pmk);
}

std::vector<std::pair<std::string, std::string>> EapolRelay::unmatched() const {
  return state_->engine.unmatched();
}

Task<> EapolRelay::stop() {
  if (state_) {
    state_->tell("medium_stopped", {{"frames", state_->frames}, {"delivered", state_->delivered}});
    state_.reset();
  }
  co_return Result<>{};
}

}  // namespace postassoc
