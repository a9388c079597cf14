#include "adapters/nl80211/station_radio.h"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/nl80211/conversation.h"
#include "adapters/nl80211/station_radio_state.h"
#include "harness/frames/byte_writer.h"

namespace postassoc {
namespace {

// Management frames: MAC header, then the body (IEEE 802.11, 9.3.3.1).
constexpr std::size_t kAddress2 = 10;
constexpr std::size_t kBody = 24;
constexpr std::size_t kLongestFrame = 2304;
constexpr auto kAnswerLimit = std::chrono::seconds(3);

std::optional<std::uint16_t> u16_at(ByteView bytes, std::size_t at) {
  if (bytes.size() < at + 2) {
    return std::nullopt;
  }
  return static_cast<std::uint16_t>(std::to_integer<unsigned>(bytes[at]) |
                                    std::to_integer<unsigned>(bytes[at + 1]) << 8);
}

Bytes body_of(ByteView frame) {
  const ByteView body = frame.size() > kBody ? frame.subspan(kBody) : ByteView{};
  return {body.begin(), body.end()};
}

}  // namespace

void StationRadio::State::on_event(int command, const Attributes& attributes) {
  if (attributes.u32(NL80211_ATTR_IFINDEX) != static_cast<std::uint32_t>(index)) {
    return;
  }
  switch (command) {
    case NL80211_CMD_NEW_SCAN_RESULTS:
    case NL80211_CMD_SCAN_ABORTED:
      scan_ended = true;
      break;
    case NL80211_CMD_AUTHENTICATE:
    case NL80211_CMD_ASSOCIATE:
      take_response(command, attributes);
      break;
    case NL80211_CMD_DEAUTHENTICATE:
    case NL80211_CMD_DISASSOCIATE:
      take_leaving(command, attributes);
      break;
    case NL80211_CMD_CONTROL_PORT_FRAME:
      take_frame(attributes);
      break;
    case NL80211_CMD_CONTROL_PORT_FRAME_TX_STATUS:
      if (const auto cookie = cookie_of(attributes)) {
        handlers.on_sent(cookie, attributes.has(NL80211_ATTR_ACK));
      }
      break;
    default:
      break;
  }
  changed.cancel();
}

std::uint64_t StationRadio::State::cookie_of(const Attributes& attributes) {
  const ByteView bytes = attributes.bytes(NL80211_ATTR_COOKIE);
  std::uint64_t cookie = 0;
  if (bytes.size() == sizeof cookie) {
    std::copy(bytes.begin(), bytes.end(), reinterpret_cast<std::byte*>(&cookie));
  }
  return cookie;
}

void StationRadio::State::take_response(int command, const Attributes& attributes) {
  if (awaited != command) {
    return;
  }
  awaited.reset();
  const ByteView frame = attributes.bytes(NL80211_ATTR_FRAME);
  const bool authentication = command == NL80211_CMD_AUTHENTICATE;
  const auto status = u16_at(frame, kBody + (authentication ? 4 : 2));
  answer = JoinResult{};
  answer.timed_out = attributes.has(NL80211_ATTR_TIMED_OUT) || !status;
  answer.status = status.value_or(0);
  if (!authentication) {
    answer.response = body_of(frame);
    const ByteView elements = attributes.bytes(NL80211_ATTR_REQ_IE);
    answer.request.assign(elements.begin(), elements.end());
    if (!answer.timed_out && answer.status == 0) {
      current = MacAddress::from(frame.subspan(kAddress2));
    }
  }
}

void StationRadio::State::take_leaving(int command, const Attributes& attributes) {
  const ByteView frame = attributes.bytes(NL80211_ATTR_FRAME);
  const auto reason = u16_at(frame, kBody);
  if (!reason || !current) {
    return;
  }
  const MacAddress transmitter = MacAddress::from(frame.subspan(kAddress2));
  const bool by_own = transmitter == own;
  if (by_own ? moving : transmitter != *current) {
    return;  // the old BSS, left for another one
  }
  current.reset();
  handlers.on_left(!by_own, command == NL80211_CMD_DISASSOCIATE, *reason);
}

void StationRadio::State::take_frame(const Attributes& attributes) {
  const ByteView from = attributes.bytes(NL80211_ATTR_MAC);
  const ByteView payload = attributes.bytes(NL80211_ATTR_FRAME);
  const auto ethertype = attributes.u16(NL80211_ATTR_CONTROL_PORT_ETHERTYPE);
  if (from.size() < 6 || !ethertype || payload.size() > kLongestFrame) {
    return;
  }
  handlers.on_frame(MacAddress::from(from), *ethertype, payload,
                    !attributes.has(NL80211_ATTR_CONTROL_PORT_NO_ENCRYPT));
}

Task<> StationRadio::State::wait_for(std::function<bool()> ready, std::chrono::nanoseconds limit,
                                     std::string what) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!ready()) {
    if (!conversation) {
      co_return Error{Fault::interrupted, "the radio was given up", interface};
    }
    if (std::chrono::steady_clock::now() >= deadline) {
      co_return Error{Fault::timeout, what, interface};
    }
    changed.expires_at(deadline);
    co_await changed.async_wait(kNoThrow);
    if ((co_await asio::this_coro::cancellation_state).cancelled() !=
        asio::cancellation_type::none) {
      co_return Error{Fault::interrupted, "interrupted", interface};
    }
  }
  co_return Result<>{};
}

Nl80211Request StationRadio::State::request(nl80211_commands command) const {
  Nl80211Request message = conversation->request(command);
  message.u32(NL80211_ATTR_IFINDEX, static_cast<std::uint32_t>(index));
  return message;
}

Result<std::unique_ptr<StationRadio>> StationRadio::open(asio::any_io_executor executor,
                                                         const NetworkNamespace& where,
                                                         std::string interface, int index,
                                                         MacAddress own, Handlers handlers) {
  auto state = std::make_shared<State>(executor);
  state->interface = std::move(interface);
  state->index = index;
  state->own = own;
  state->handlers = std::move(handlers);
  auto conversation = Nl80211Conversation::start(
      executor, where, {NL80211_MULTICAST_GROUP_MLME, NL80211_MULTICAST_GROUP_SCAN},
      [raw = state.get()](int command, const Attributes& attributes) {
        raw->on_event(command, attributes);
      });
  if (!conversation) {
    return conversation.error();
  }
  state->conversation = std::move(*conversation);
  return std::unique_ptr<StationRadio>(new StationRadio(std::move(state)));
}

StationRadio::StationRadio(std::shared_ptr<State> state) : state_(std::move(state)) {}

StationRadio::~StationRadio() {
  state_->conversation.reset();
  state_->changed.cancel();
}

Task<JoinResult> StationRadio::join(JoinRequest join) {
  const std::shared_ptr<State> held = state_;
  State& state = *held;
  state.moving = join.previous.has_value();
  auto authenticate = state.request(NL80211_CMD_AUTHENTICATE);
  authenticate.bytes(NL80211_ATTR_MAC, std::as_bytes(std::span(join.bss.bssid.octets)))
      .u32(NL80211_ATTR_WIPHY_FREQ, join.bss.frequency_mhz)
      .bytes(NL80211_ATTR_SSID, as_bytes(join.ssid))
      .u32(NL80211_ATTR_AUTH_TYPE, NL80211_AUTHTYPE_OPEN_SYSTEM);
  auto answered =
      co_await ask(held, std::move(authenticate), NL80211_CMD_AUTHENTICATE, "authenticate");
  if (!answered || answered->timed_out || answered->status != 0) {
    state.moving = false;
    co_return answered;
  }
  if (!state.conversation) {
    co_return Error{Fault::interrupted, "the radio was given up", state.interface};
  }
  auto associate = state.request(NL80211_CMD_ASSOCIATE);
  describe(join, associate);
  answered = co_await ask(held, std::move(associate), NL80211_CMD_ASSOCIATE, "associate");
  state.moving = false;
  if (answered && !answered->request.empty()) {
    answered->request = request_body(join, answered->request);
  }
  co_return answered;
}

/// Sends a request whose answer is an event.
Task<JoinResult> StationRadio::ask(std::shared_ptr<State> state, Nl80211Request request,
                                   int command, std::string doing) {
  state->awaited = command;
  if (auto sent = state->conversation->exchange(request, doing, state->interface); !sent) {
    state->awaited.reset();
    co_return sent.error();
  }
  auto came = co_await state->wait_for([&] { return !state->awaited; }, kAnswerLimit,
                                       "the kernel does not tell whether it could " + doing);
  if (!came) {
    state->awaited.reset();
    co_return came.error();
  }
  co_return state->answer;
}

void StationRadio::describe(const JoinRequest& join, Nl80211Request& associate) {
  associate.bytes(NL80211_ATTR_MAC, std::as_bytes(std::span(join.bss.bssid.octets)))
      .u32(NL80211_ATTR_WIPHY_FREQ, join.bss.frequency_mhz)
      .bytes(NL80211_ATTR_SSID, as_bytes(join.ssid))
      .flag(NL80211_ATTR_SOCKET_OWNER)
      .flag(NL80211_ATTR_CONTROL_PORT)
      .flag(NL80211_ATTR_CONTROL_PORT_OVER_NL80211);
  if (join.control_port_in_clear) {
    associate.u16(NL80211_ATTR_CONTROL_PORT_ETHERTYPE, 0x888e)
        .flag(NL80211_ATTR_CONTROL_PORT_NO_ENCRYPT);
  }
  if (!join.elements.empty()) {
    associate.bytes(NL80211_ATTR_IE, join.elements);
  }
  if (join.akm != 0) {
    associate.u32(NL80211_ATTR_WPA_VERSIONS, NL80211_WPA_VERSION_2)
        .u32(NL80211_ATTR_AKM_SUITES, join.akm)
        .u32(NL80211_ATTR_CIPHER_SUITES_PAIRWISE, join.pairwise)
        .u32(NL80211_ATTR_CIPHER_SUITE_GROUP, join.group)
        .flag(NL80211_ATTR_PRIVACY);
  }
  if (join.management_protection) {
    associate.u32(NL80211_ATTR_USE_MFP, NL80211_MFP_REQUIRED);
  }
  if (join.previous) {
    associate.bytes(NL80211_ATTR_PREV_BSSID, std::as_bytes(std::span(join.previous->octets)));
  }
}

/// The kernel gives the elements; the fixed fields before them (9.3.3.5, 9.3.3.7) are capabilities
/// (ESS, and privacy where there is a key), listen interval and the AP that it comes from.
Bytes StationRadio::request_body(const JoinRequest& join, ByteView elements) {
  ByteWriter body;
  body.le16(join.akm != 0 ? 0x0011 : 0x0001).le16(1);
  if (join.previous) {
    body.address(*join.previous);
  }
  body.bytes(elements);
  return body.take();
}

Result<> StationRadio::leave(std::uint16_t reason) {
  State& state = *state_;
  if (!state.current) {
    return {};
  }
  auto request = state.request(NL80211_CMD_DEAUTHENTICATE);
  request.bytes(NL80211_ATTR_MAC, std::as_bytes(std::span(state.current->octets)))
      .u16(NL80211_ATTR_REASON_CODE, reason);
  state.current.reset();
  return state.conversation->exchange(request, "deauthenticate", state.interface);
}

}  // namespace postassoc
