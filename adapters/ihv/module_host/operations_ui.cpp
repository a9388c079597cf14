#include <chrono>
#include <thread>

#include "adapters/ihv/module_host/handler_call.h"
#include "adapters/ihv/module_host/operations.h"
#include "adapters/ihv/module_host/triggers.h"

namespace postassoc::module_host {
namespace {

constexpr std::chrono::milliseconds kUserTime{50};  ///< nobody answers at once

void respond(const GUID& guid, Octets data, const Json& arguments) {
  Json shown = arguments;
  shown["guid"] = to_text(guid);
  shown["length"] = data.size();
  const Handled handled = handler_call("Dot11ExtIhvProcessUIResponse", {{"arguments", shown}}, [&] {
    return host().handlers.Dot11ExtIhvProcessUIResponse(guid, static_cast<DWORD>(data.size()),
                                                        data.empty() ? nullptr : data.data());
  });
  if (!data.empty()) {
    poison(handled.call, std::move(data));
  }
}

/// On Host::user.
void answer_now(std::uint64_t number) {
  std::this_thread::sleep_for(kUserTime);
  host().wait_until_performed();
  if (host().handlers.Dot11ExtIhvProcessUIResponse == nullptr) {
    return;
  }
  if (host().has_fault(HostFault::unknown_ui_response)) {
    respond(GUID{0xdeadbeef, 0, 0, {}}, {}, {{"request", 0}});
  }
  const auto request = host().ui.take(number);
  if (!request) {
    return;
  }
  const bool answered = host().options.ui == UiPlan::answer;
  respond(request->guid, answered ? host().options.ui_answer : Octets{},
          {{"request", number}, {"request_changed", request->changed}});
}

}  // namespace

void answer_ui_request(std::uint64_t number) {
  switch (host().options.ui) {
    case UiPlan::answer:
    case UiPlan::refuse:
      host().user.post([number] { answer_now(number); });
      return;
    case UiPlan::cancel:
      host().control.post([] { make_planned_call("AdapterReset"); });
      return;
    case UiPlan::none:
      return;
  }
}

Json is_ui_request_pending() {
  if (host().handlers.Dot11ExtIhvIsUIRequestPending == nullptr) {
    return not_done("there is no Dot11ExtIhvIsUIRequestPending");
  }
  const UiRequests::Last last = host().ui.last();
  BOOL pending = FALSE;
  return done(handler_call(
      "Dot11ExtIhvIsUIRequestPending",
      {{"arguments", {{"request", last.number}, {"guid", to_text(last.guid)}}}}, [] {},
      [&] { return host().handlers.Dot11ExtIhvIsUIRequestPending(last.guid, &pending); },
      [&] {
        return Json{{"pending", pending != FALSE}};
      }));
}

}  // namespace postassoc::module_host
