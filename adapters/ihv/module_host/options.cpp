#include "adapters/ihv/module_host/options.h"

#include <algorithm>

namespace postassoc::module_host {
namespace {

const Json& list_of(const Json& object, const char* name) {
  static const Json kNone = Json::array();
  const auto member = object.find(name);
  return member != object.end() && member->is_array() ? *member : kNone;
}

UiPlan ui_plan(const std::string& word) {
  if (word == "refuse") {
    return UiPlan::refuse;
  }
  if (word == "cancel") {
    return UiPlan::cancel;
  }
  return word == "none" ? UiPlan::none : UiPlan::answer;
}

}  // namespace

Options read_options(const Json& load) {
  Options options;
  options.ui_answer = octets_of(load, "ui_answer");
  const Json ihv = load.value("ihv", Json::object());
  for (const Json& call : list_of(ihv, "calls")) {
    options.calls.push_back({text_of(call, "on"),
                             std::max<std::uint64_t>(1, number_of(call, "nth", 1)),
                             text_of(call, "edge") == "begin", text_of(call, "call")});
  }
  for (const Json& error : list_of(ihv, "key_errors")) {
    options.errors.push_back({text_of(error, "function"), number_of(error, "nth", 1),
                              static_cast<std::uint32_t>(number_of(error, "error", 31))});
  }
  for (const Json& error : list_of(ihv, "send_errors")) {
    options.errors.push_back({"Dot11ExtSendPacket", number_of(error, "nth", 1),
                              static_cast<std::uint32_t>(number_of(error, "error", 31))});
  }
  options.ui = ui_plan(text_of(ihv, "ui"));
  options.send_completion_delay_ms =
      std::min<std::uint64_t>(number_of(ihv, "send_completion_delay_ms"), 60'000);
  options.host_fault = text_of(ihv, "host_fault");
  return options;
}

}  // namespace postassoc::module_host
