#include <cstring>

#include "adapters/ihv/module_host/api.h"

namespace postassoc::module_host {
namespace {

constexpr std::size_t kMaxKeyLength = 512;  ///< of any `ucKey`

/// What is inside `ucKey`.
struct KeyMaterial {
  std::size_t outer_length = 0;  ///< usKeyLength
  std::size_t inner_length = 0;  ///< what the structure inside says
  Octets key;
  Octets counter;  ///< six octets, least significant first
  bool sound = false;
};

std::uint32_t ulong_at(const Octets& octets, std::size_t at) {
  std::uint32_t value = 0;
  std::memcpy(&value, octets.data() + at, sizeof(value));
  return value;
}

Octets part(const Octets& octets, std::size_t at, std::size_t length) {
  return {octets.begin() + static_cast<std::ptrdiff_t>(at),
          octets.begin() + static_cast<std::ptrdiff_t>(at + length)};
}

bool is_wep(std::uint32_t cipher) {
  return cipher == DOT11_CIPHER_ALGO_WEP40 || cipher == DOT11_CIPHER_ALGO_WEP104 ||
         cipher == DOT11_CIPHER_ALGO_WEP;
}

/// `octets`: the whole ucKey of `length` octets.
KeyMaterial read_material(std::uint32_t cipher, const Octets& octets) {
  KeyMaterial material;
  material.outer_length = octets.size();
  if (is_wep(cipher)) {
    material.inner_length = octets.size();
    material.key = octets;
    material.counter.assign(6, 0);
    material.sound = octets.size() == 5 || octets.size() == 13;
    return material;
  }
  const bool tkip = cipher == DOT11_CIPHER_ALGO_TKIP;
  const std::size_t header = tkip ? 16 : 12;
  if (octets.size() < header) {
    return material;
  }
  material.counter = part(octets, 0, 6);
  const std::uint64_t inner =
      std::uint64_t{ulong_at(octets, 8)} + (tkip ? ulong_at(octets, 12) : 0U);
  material.inner_length = static_cast<std::size_t>(inner);
  const bool fits = inner <= octets.size() - header;
  if (fits) {
    material.key = part(octets, header, material.inner_length);
  }
  const bool wide = cipher == DOT11_CIPHER_ALGO_GCMP_256 || cipher == DOT11_CIPHER_ALGO_CCMP_256 ||
                    cipher == DOT11_CIPHER_ALGO_BIP_GMAC_256 ||
                    cipher == DOT11_CIPHER_ALGO_BIP_CMAC_256;
  material.sound = fits && inner == (wide || tkip ? 32U : 16U);
  return material;
}

/// One key call, of either kind.
struct KeyCall {
  const char* function;
  HANDLE service;
  Json arguments;
  KeyMaterial material;
  std::string invalid;  ///< what is wrong with the arguments; empty: nothing
  Json question;
  bool remove = false;
};

void show_material(KeyCall& call) {
  call.arguments["key_length"] = call.material.outer_length;
  call.arguments["inner_length"] = call.material.inner_length;
  call.arguments["counter"] = to_hex(call.material.counter);
  if (!call.remove && call.invalid.empty() && !call.material.sound) {
    call.invalid = "the key's lengths do not fit its cipher";
  }
}

/// Nothing when the arguments fit the port. Needs Host::mutex.
std::optional<Answer> refuse_key(const KeyCall& call) {
  if (auto refused = refuse_adapter(call.service)) {
    return refused;
  }
  if (!call.invalid.empty()) {
    return refusal(ERROR_INVALID_PARAMETER, call.invalid);
  }
  const auto& port = host().state.adapter->port;
  const auto peer = mac_from(call.arguments.value("peer", ""));
  if (port && peer && *peer != port->peer) {
    return refusal(ERROR_INVALID_PARAMETER, "the key is for another peer than the port's");
  }
  const auto address = mac_from(call.arguments.value("address", ""));
  if (port && address && *address != Mac{} && *address != port->peer) {
    return refusal(ERROR_INVALID_PARAMETER, "the address is neither zero nor the port's peer");
  }
  const auto cipher = call.arguments.value("cipher", 0U);
  if (port && !call.remove && cipher != port->unicast && cipher != port->multicast &&
      cipher != port->management) {
    return refusal(ERROR_INVALID_PARAMETER, "the cipher is not one of the association's");
  }
  return std::nullopt;
}

/// `keep` notes the key in the host's table. Needs Host::mutex.
template <class Keep>
DWORD key_call(KeyCall call, const Keep& keep) {
  Json fields = fields_for(call.service, call.arguments);
  if (!call.remove) {
    fields["secret"] = {{"key_digest", to_hex(call.material.key)}};
  }
  return api_call(call.function, std::move(fields), [&]() -> Answer {
    {
      const std::lock_guard lock(host().mutex);
      if (auto refused = refuse_key(call)) {
        return *refused;
      }
    }
    DWORD error = ERROR_SUCCESS;
    if (const auto planned = planned_error(call.function)) {
      error = *planned;
    } else {
      Json question = call.arguments;
      question.update(call.question);
      question["key"] = to_hex(call.material.key);
      error = host().channel.ask(std::move(question));
    }
    const std::lock_guard lock(host().mutex);
    if (error == ERROR_SUCCESS && host().state.adapter) {
      keep(*host().state.adapter);
    }
    const bool told = !host().has_fault(HostFault::swallows_key_errors);
    Json out = Json::object();
    if (error != ERROR_SUCCESS) {
      out["adapter_error"] = error;
    }
    return {told ? error : DWORD{ERROR_SUCCESS}, "", std::move(out)};
  });
}

/// `ucKey` at `offset` of a structure of the module.
Octets key_octets(const void* structure, std::size_t offset, std::size_t length) {
  return octets_at(static_cast<const std::uint8_t*>(structure) + offset, length);
}

DWORD no_key(const char* function, HANDLE service) {
  return api_call(function, fields_for(service, Json::object()),
                  [] { return refusal(ERROR_INVALID_PARAMETER, "there is no key"); });
}

std::string wrong_default_key(const DOT11_CIPHER_DEFAULT_KEY_VALUE& key, DWORD direction) {
  const std::uint32_t cipher = key.AlgorithmId;
  if (direction != DOT11_DIR_INBOUND && direction != DOT11_DIR_BOTH) {
    return "the direction is neither inbound nor both";
  }
  const bool bip = cipher == DOT11_CIPHER_ALGO_BIP || (cipher >= DOT11_CIPHER_ALGO_BIP_GMAC_128 &&
                                                       cipher <= DOT11_CIPHER_ALGO_BIP_CMAC_256);
  const bool index_known = key.uKeyIndex <= 3 || ((bip || key.bDelete) && key.uKeyIndex <= 5);
  if (!index_known && cipher < DOT11_CIPHER_ALGO_IHV_START) {
    return "there is no such key index";
  }
  return key.usKeyLength > kMaxKeyLength ? "no key is as long as this" : "";
}

}  // namespace

DWORD WINAPI set_default_key(HANDLE service, PDOT11_CIPHER_DEFAULT_KEY_VALUE pointer,
                             DOT11_DIRECTION direction) {
  if (pointer == nullptr) {
    return no_key("Dot11ExtSetDefaultKey", service);
  }
  DOT11_CIPHER_DEFAULT_KEY_VALUE key;
  constexpr std::size_t kFixed = offsetof(DOT11_CIPHER_DEFAULT_KEY_VALUE, ucKey);
  std::memcpy(&key, pointer, kFixed);
  KeyCall call{
      "Dot11ExtSetDefaultKey",     service,         {}, {}, wrong_default_key(key, direction),
      {{"what", "SetDefaultKey"}}, key.bDelete != 0};
  call.arguments = {{"header", to_hex(octets_at(&key.Header, sizeof(key.Header)))},
                    {"index", key.uKeyIndex},
                    {"address", to_text(*mac_at(key.MacAddr))},
                    {"cipher", static_cast<std::uint32_t>(key.AlgorithmId)},
                    {"direction", static_cast<std::uint32_t>(direction)},
                    {"delete", key.bDelete != 0},
                    {"static", key.bStatic != 0}};
  if (!call.remove && key.usKeyLength <= kMaxKeyLength) {
    call.material = read_material(key.AlgorithmId, key_octets(pointer, kFixed, key.usKeyLength));
  }
  call.material.outer_length = key.usKeyLength;
  show_material(call);
  return key_call(std::move(call), [&](Adapter& adapter) {
    if (key.bDelete != 0) {
      adapter.default_keys.erase(key.uKeyIndex);
    } else {
      adapter.default_keys[key.uKeyIndex] = key.bStatic != 0;
    }
  });
}

DWORD WINAPI set_key_mapping_key(HANDLE service, PDOT11_CIPHER_KEY_MAPPING_KEY_VALUE pointer) {
  if (pointer == nullptr) {
    return no_key("Dot11ExtSetKeyMappingKey", service);
  }
  DOT11_CIPHER_KEY_MAPPING_KEY_VALUE key;
  constexpr std::size_t kFixed = offsetof(DOT11_CIPHER_KEY_MAPPING_KEY_VALUE, ucKey);
  std::memcpy(&key, pointer, kFixed);
  const std::uint32_t direction = key.Direction;
  KeyCall call{"Dot11ExtSetKeyMappingKey",     service,         {}, {}, "",
               {{"what", "SetKeyMappingKey"}}, key.bDelete != 0};
  call.invalid = direction < 1 || direction > 3    ? "there is no such direction"
                 : key.usKeyLength > kMaxKeyLength ? "no key is as long as this"
                                                   : "";
  call.arguments = {{"peer", to_text(*mac_at(key.PeerMacAddr))},
                    {"cipher", static_cast<std::uint32_t>(key.AlgorithmId)},
                    {"direction", direction},
                    {"delete", key.bDelete != 0},
                    {"static", key.bStatic != 0}};
  if (!call.remove && key.usKeyLength <= kMaxKeyLength) {
    call.material = read_material(key.AlgorithmId, key_octets(pointer, kFixed, key.usKeyLength));
  }
  call.material.outer_length = key.usKeyLength;
  show_material(call);
  const Mac peer = *mac_at(key.PeerMacAddr);
  return key_call(std::move(call), [&](Adapter& adapter) {
    if (key.bDelete != 0) {
      adapter.mapping_keys.erase(peer);
    } else {
      adapter.mapping_keys[peer] = key.bStatic != 0;
    }
  });
}

DWORD WINAPI set_default_key_id(HANDLE service, ULONG index) {
  bool holds_key = false;
  {
    const std::lock_guard lock(host().mutex);
    const auto& adapter = host().state.adapter;
    holds_key = adapter && adapter->default_keys.contains(index);
  }
  Json fields = fields_for(service, {{"index", index}, {"holds_key", holds_key}});
  return api_call("Dot11ExtSetDefaultKeyId", std::move(fields), [&]() -> Answer {
    {
      const std::lock_guard lock(host().mutex);
      if (auto refused = refuse_adapter(service)) {
        return *refused;
      }
    }
    if (index > 3) {
      return refusal(ERROR_INVALID_PARAMETER, "there is no such key index");
    }
    if (const auto planned = planned_error("Dot11ExtSetDefaultKeyId")) {
      return {*planned, "", Json::object()};
    }
    return {host().channel.ask({{"what", "SetDefaultKeyId"}, {"index", index}}), "",
            Json::object()};
  });
}

}  // namespace postassoc::module_host
