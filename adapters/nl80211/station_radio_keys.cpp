#include "adapters/nl80211/station_radio_state.h"

// What goes over a StationRadio's connection: frames, keys, the port.
namespace postassoc {
namespace {

ByteView octets_of(const MacAddress& address) {
  return std::as_bytes(std::span(address.octets));
}

}  // namespace

Result<std::uint64_t> StationRadio::send(MacAddress to, std::uint16_t ethertype, ByteView payload,
                                         bool in_clear) {
  State& state = *state_;
  auto request = state.request(NL80211_CMD_CONTROL_PORT_FRAME);
  request.bytes(NL80211_ATTR_FRAME, payload)
      .bytes(NL80211_ATTR_MAC, octets_of(to))
      .u16(NL80211_ATTR_CONTROL_PORT_ETHERTYPE, ethertype);
  if (in_clear) {
    request.flag(NL80211_ATTR_CONTROL_PORT_NO_ENCRYPT);
  }
  std::uint64_t cookie = 0;
  auto sent = state.conversation->exchange(
      request, "send a frame", state.interface,
      [&](const Attributes& attributes) { cookie = State::cookie_of(attributes); });
  if (!sent) {
    return sent.error();
  }
  return cookie;
}

Result<> StationRadio::set_port(MacAddress peer, bool authorized) {
  State& state = *state_;
  nl80211_sta_flag_update flags{};
  flags.mask = 1U << NL80211_STA_FLAG_AUTHORIZED;
  flags.set = authorized ? flags.mask : 0;
  auto request = state.request(NL80211_CMD_SET_STATION);
  request.bytes(NL80211_ATTR_MAC, octets_of(peer))
      .bytes(NL80211_ATTR_STA_FLAGS2, std::as_bytes(std::span(&flags, 1)));
  return state.conversation->exchange(request, authorized ? "open the port" : "close the port",
                                      state.interface);
}

Result<> StationRadio::add_key(const RadioKey& key) {
  State& state = *state_;
  auto request = state.request(NL80211_CMD_NEW_KEY);
  if (key.pairwise) {
    request.bytes(NL80211_ATTR_MAC, octets_of(key.peer));
  }
  request.nested(NL80211_ATTR_KEY, [&key](Nl80211Request& member) {
    member.bytes(NL80211_KEY_DATA, key.key)
        .u32(NL80211_KEY_CIPHER, key.cipher)
        .u8(NL80211_KEY_IDX, key.index)
        .u32(NL80211_KEY_TYPE, key.pairwise ? NL80211_KEYTYPE_PAIRWISE : NL80211_KEYTYPE_GROUP);
    if (!key.counter.empty()) {
      member.bytes(NL80211_KEY_SEQ, key.counter);
    }
  });
  return state.conversation->exchange(request, "install a key", state.interface);
}

Result<> StationRadio::delete_key(bool pairwise, MacAddress peer, std::uint8_t index) {
  State& state = *state_;
  auto request = state.request(NL80211_CMD_DEL_KEY);
  if (pairwise) {
    request.bytes(NL80211_ATTR_MAC, octets_of(peer));
  }
  request.nested(NL80211_ATTR_KEY, [&](Nl80211Request& member) {
    member.u8(NL80211_KEY_IDX, index)
        .u32(NL80211_KEY_TYPE, pairwise ? NL80211_KEYTYPE_PAIRWISE : NL80211_KEYTYPE_GROUP);
  });
  return state.conversation->exchange(request, "delete a key", state.interface);
}

Result<> StationRadio::set_default_key(std::uint8_t index, bool for_management) {
  State& state = *state_;
  auto request = state.request(NL80211_CMD_SET_KEY);
  request.nested(NL80211_ATTR_KEY, [&](Nl80211Request& member) {
    member.u8(NL80211_KEY_IDX, index)
        .flag(for_management ? NL80211_KEY_DEFAULT_MGMT : NL80211_KEY_DEFAULT);
  });
  return state.conversation->exchange(request, "choose the default key", state.interface);
}

}  // namespace postassoc
