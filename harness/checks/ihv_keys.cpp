#include "harness/checks/ihv_keys.h"

#include "harness/checks/ihv_names.h"

namespace postassoc::checks {

std::vector<IhvKeyCall> ihv_key_calls(const IhvTrace& trace) {
  std::vector<IhvKeyCall> keys;
  for (const IhvCall& call : trace.calls()) {
    const bool mapping = call.function == ihv::kSetKeyMappingKey;
    if (!call.by_module || (!mapping && call.function != ihv::kSetDefaultKey)) {
      continue;
    }
    IhvKeyCall key;
    key.call = &call;
    key.mapping = mapping;
    key.deletes = call.argument_flag("delete").value_or(false);
    key.index = call.argument("index").value_or(0);
    key.address = ihv_address(call.argument_text(mapping ? "peer" : "address"));
    key.cipher = call.argument("cipher").value_or(-1);
    keys.push_back(std::move(key));
  }
  return keys;
}

bool is_management_cipher(std::int64_t cipher) {
  // DOT11_CIPHER_ALGO_BIP, BIP_GMAC_128, BIP_GMAC_256, BIP_CMAC_256
  return cipher == 6 || (cipher >= 0xb && cipher <= 0xd);
}

}  // namespace postassoc::checks
