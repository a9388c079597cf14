#pragma once

#include "harness/checks/ihv_trace.h"

namespace postassoc::checks {

/// A key that a module put into the adapter, or took out of it.
struct IhvKeyCall {
  const IhvCall* call = nullptr;
  bool mapping = false;  ///< SetKeyMappingKey; else SetDefaultKey
  bool deletes = false;
  std::int64_t index = 0;  ///< of a default key
  std::string address;     ///< peer, or MacAddr
  std::int64_t cipher = -1;

  /// For unicast frames: a key-mapping key, or a default key of index 0.
  bool pairwise() const { return mapping || index == 0; }
};
std::vector<IhvKeyCall> ihv_key_calls(const IhvTrace& trace);

inline constexpr std::int64_t kCipherIhvFirst = 0x80000000;
/// A cipher that protects group management frames only.
bool is_management_cipher(std::int64_t cipher);

}  // namespace postassoc::checks
