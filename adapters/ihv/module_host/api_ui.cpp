#include "adapters/ihv/module_host/api.h"
#include "adapters/ihv/module_host/operations.h"

namespace postassoc::module_host {

DWORD WINAPI send_ui_request(HANDLE service, PDOT11EXT_IHV_UI_REQUEST request) {
  Json arguments = Json::object();
  UiRequests::Added added{};
  if (request != nullptr) {
    added = host().ui.add(request);
    arguments = {{"request", added.number},
                 {"guid", to_text(request->guidUIRequest)},
                 {"length", request->dwByteCount},
                 {"duplicate", added.duplicate}};
  }
  const DWORD error =
      api_call("Dot11ExtSendUIRequest", fields_for(service, arguments), [&]() -> Answer {
        const std::lock_guard lock(host().mutex);
        if (auto refused = refuse_adapter(service)) {
          return *refused;
        }
        if (request == nullptr || request->dwByteCount > kMaxUiRequest) {
          return refusal(ERROR_INVALID_PARAMETER, "there is no such request");
        }
        if (added.duplicate) {
          return refusal(ERROR_INVALID_PARAMETER, "a request with this GUID is pending");
        }
        return {};
      });
  if (error == ERROR_SUCCESS) {
    answer_ui_request(added.number);
  } else if (request != nullptr) {
    host().ui.take(added.number);
  }
  return error;
}

}  // namespace postassoc::module_host
