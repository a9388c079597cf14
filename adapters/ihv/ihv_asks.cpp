#include <openssl/crypto.h>

#include "adapters/ihv/ihv_station_state.h"

// What a module asks of the radio.
namespace postassoc {
namespace {

using nlohmann::json;

// Winerror codes.
constexpr std::uint32_t kErrorSuccess = 0;
constexpr std::uint32_t kErrorGenFailure = 31;
constexpr std::uint32_t kErrorNotSupported = 50;
constexpr std::uint32_t kErrorInvalidParameter = 87;

constexpr std::uint32_t kFirstManagementKey = 4;
constexpr std::uint32_t kLastKey = 5;

std::string text(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::uint32_t number(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_unsigned() ? found->get<std::uint32_t>() : 0;
}

bool flag(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

std::optional<std::uint16_t> ethertype_of(const json& question) {
  const auto bytes = from_hex(text(question, "ethertype"));
  if (!bytes || bytes->size() != 2) {
    return std::nullopt;
  }
  return static_cast<std::uint16_t>(std::to_integer<unsigned>((*bytes)[0]) << 8 |
                                    std::to_integer<unsigned>((*bytes)[1]));
}

}  // namespace

std::uint32_t IhvStation::State::answer(const json& question) {
  const std::string what = text(question, "what");
  if (what == "SetExcludeUnencrypted") {
    return kErrorSuccess;  // mac80211 excludes by itself once there is a key
  }
  if (!radio || !bss) {
    return what == "NicSpecificExtension" ? kErrorNotSupported : kErrorGenFailure;
  }
  if (what == "SendPacket") {
    return send_packet(question);
  }
  if (what == "SetKeyMappingKey" || what == "SetDefaultKey") {
    return set_key(question, what == "SetKeyMappingKey");
  }
  if (what == "SetDefaultKeyId") {
    const auto index = number(question, "index");
    const auto done = index < kFirstManagementKey
                          ? radio->set_default_key(static_cast<std::uint8_t>(index), false)
                          : Result<>(Error{Fault::lab, "there is no such key index", {}});
    if (!done) {
      refused(what, done.error());
      return kErrorGenFailure;
    }
    return kErrorSuccess;
  }
  return what == "port" ? set_port(flag(question, "authorized")) : kErrorNotSupported;
}

std::uint32_t IhvStation::State::send_packet(const json& question) {
  const auto to = MacAddress::parse(text(question, "destination"));
  const auto payload = from_hex(text(question, "data"));
  const auto ethertype = ethertype_of(question);
  if (!to || !payload || !ethertype) {
    return kErrorInvalidParameter;
  }
  const auto cookie = radio->send(*to, *ethertype, *payload, eapol_in_clear);
  if (!cookie) {
    refused("SendPacket", cookie.error());
    return kErrorGenFailure;
  }
  const auto send = question.value("send", std::uint64_t{0});
  if (*cookie != 0) {
    sends.insert_or_assign(*cookie, send);
  } else {
    asio::post(executor, [self = shared_from_this(), send] {
      self->post({{"do", "SendPacketCompletion"}, {"send", send}});
    });
  }
  return kErrorSuccess;
}

std::uint32_t IhvStation::State::set_key(const json& question, bool pairwise) {
  const auto peer = MacAddress::parse(text(question, pairwise ? "peer" : "address"));
  const std::uint32_t index = pairwise ? 0 : number(question, "index");
  if (!peer || index > kLastKey) {
    return kErrorInvalidParameter;
  }
  const auto at = static_cast<std::uint8_t>(index);
  Result<> done;
  if (flag(question, "delete")) {
    done = radio->delete_key(pairwise, *peer, at);
  } else {
    const auto cipher = suite_of_cipher(number(question, "cipher"));
    auto key = from_hex(text(question, "key"));
    const auto counter = from_hex(text(question, "counter"));
    if (!cipher || !key || !counter) {
      return cipher ? kErrorInvalidParameter : kErrorNotSupported;
    }
    RadioKey install{pairwise, *peer, at, *cipher, key_for_radio(*cipher, std::move(*key)),
                     *counter};
    done = radio->add_key(install);
    OPENSSL_cleanse(install.key.data(), install.key.size());
    if (done && index >= kFirstManagementKey) {
      done = radio->set_default_key(at, true);
    }
  }
  if (!done) {
    refused(pairwise ? "SetKeyMappingKey" : "SetDefaultKey", done.error());
    return kErrorGenFailure;
  }
  return kErrorSuccess;
}

std::uint32_t IhvStation::State::set_port(bool authorized) {
  if (auto done = radio->set_port(bss->bssid, authorized); !done) {
    refused("port", done.error());
    return kErrorGenFailure;
  }
  changed.cancel();
  return kErrorSuccess;
}

}  // namespace postassoc
