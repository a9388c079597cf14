#include "adapters/ihv/module_host/api.h"

namespace postassoc::module_host {
namespace {

bool service_open() {
  const std::lock_guard lock(host().mutex);
  return host().state.service_open;
}

}  // namespace

DWORD WINAPI allocate_buffer(DWORD length, LPVOID* buffer) {
  return api_call("Dot11ExtAllocateBuffer", {{"arguments", {{"length", length}}}}, [&]() -> Answer {
    if (buffer == nullptr) {
      return refusal(ERROR_INVALID_PARAMETER, "there is no place for the pointer");
    }
    if (!service_open()) {
      return refusal(ERROR_INVALID_STATE, "the service is not there");
    }
    std::uint64_t number = 0;
    *buffer = host().memory.allocate(length, number);
    if (*buffer == nullptr) {
      return refusal(ERROR_OUTOFMEMORY, "there is no such buffer to be had");
    }
    return {ERROR_SUCCESS, "", {{"buffer", number}}};
  });
}

VOID WINAPI free_buffer(LPVOID memory) {
  // The buffer's number is known only once it was taken out of the ledger, so that another thread
  // cannot be given the same address in between.
  const bool legal = service_open();
  const Json arguments = legal ? host().memory.free(memory) : Json{{"buffer", "foreign"}};
  Call call(host().recorder, "Dot11ExtFreeBuffer", "module", {{"arguments", arguments}});
  if (!legal) {
    call.refused(ERROR_INVALID_STATE, "the service is not there");
  }
  call.returned(std::nullopt, Json::object());
}

}  // namespace postassoc::module_host
