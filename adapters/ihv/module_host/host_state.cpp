#include "adapters/ihv/module_host/host_state.h"

#include <bit>

namespace postassoc::module_host {
namespace {

constexpr std::uintptr_t kStep = 16;

}  // namespace

HANDLE handle_of(HandleKind kind, std::uint64_t number) {
  return std::bit_cast<HANDLE>(static_cast<std::uintptr_t>(kind) + number * kStep);
}

std::uint64_t number_of(HandleKind kind, HANDLE handle, std::uint64_t last) {
  const auto value = reinterpret_cast<std::uintptr_t>(handle);
  const auto base = static_cast<std::uintptr_t>(kind);
  if (value <= base || (value - base) % kStep != 0 || (value - base) / kStep > last) {
    return 0;
  }
  return (value - base) / kStep;
}

Json shown(HandleKind kind, HANDLE handle, std::uint64_t last) {
  const std::uint64_t number = number_of(kind, handle, last);
  return number == 0 ? Json("foreign") : Json(number);
}

}  // namespace postassoc::module_host
