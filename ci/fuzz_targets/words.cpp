#include "adapters/kernel_trace/trace_parser.h"
#include "adapters/wpa_ctrl/control_event.h"
#include "adapters/wpa_ctrl/status.h"
#include "ci/fuzz_targets/fuzz_targets.h"
#include "harness/checks/registry.h"
#include "harness/json_file.h"
#include "harness/judging_terms.h"
#include "harness/plan.h"
#include "harness/rig_spec.h"
#include "harness/scenario.h"

namespace postassoc::fuzz {

void scenario(ByteView input) {
  static const std::vector<std::string> ids = checks::check_ids();
  const auto document = parse_json_text(as_text(input), "fuzzed.json");
  if (!document) {
    return;
  }
  (void)parse_rig(*document, "fuzzed.json");
  (void)parse_judging_terms(*document, "fuzzed.json", ids);
  const auto scenario = parse_scenario(*document, "fuzzed.json", "fuzzed", ids);
  if (!scenario) {
    return;
  }
  const auto planned = plan(*scenario, hwsim_rig_spec(), ids, "deadbeef");
  if (const auto* made = planned ? std::get_if<Plan>(&*planned) : nullptr) {
    const nlohmann::json written = nlohmann::json::parse(to_json(*made).dump());
    plan_from_json(written, "plan.json").value();  // what a run writes, `check` reads
  }
}

void control_reply(ByteView input) {
  const std::string_view text = as_text(input);
  (void)parse_control_event(text).detail.dump();
  (void)parse_status(text);
  (void)parse_lost_events(text);
  if (auto line = parse_trace_line(text)) {
    TraceInterpreter interpreter({{"phy0", Side::access_point}});
    const Event event = interpreter.interpret(std::move(*line));
    event_from_json_line(to_json_line(event)).value();  // what a run writes, `check` reads
  }
}

}  // namespace postassoc::fuzz
