#include "harness/checks/excl_injected.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "harness/checks/air_view.h"
#include "harness/checks/capture_marks.h"
#include "harness/checks/kernel_events.h"

namespace postassoc::checks {
namespace {

using When = MustNotArrive::When;
using Frames = std::vector<Injected>;

/// The span of the situation that the rule speaks of, where the injection falls into it.
std::optional<Span> situation_of(const Evidence& evidence, const MustNotArrive& rule,
                                 Timestamp time) {
  switch (rule.when) {
    case When::port_open:
      return open_port_at(evidence, time);
    case When::port_closed:
      return closed_port_at(evidence, time);
    case When::associated:
      if (const auto closed = closed_port_at(evidence, time)) {
        return closed;
      }
      return open_port_at(evidence, time);
  }
  return std::nullopt;
}

std::string_view name_of(When when) {
  switch (when) {
    case When::port_open:
      return "while its port was open";
    case When::port_closed:
      return "between its association and the opening of its port";
    case When::associated:
      return "while it was associated";
  }
  return "";
}

Frames concerned(const Evidence& evidence, const MustNotArrive& rule) {
  Frames frames = injections(evidence);
  std::erase_if(frames, [&](const Injected& one) {
    return one.control || text(*one.event, "from") == "station" || !rule.concerns(one);
  });
  return frames;
}

bool is_asked(const Evidence& evidence, const MustNotArrive& rule) {
  const auto& steps = evidence.plan.scenario.steps;
  return std::any_of(steps.begin(), steps.end(), [&](const Step& step) {
    const auto* inject = std::get_if<step::Inject>(&step.action);
    return inject != nullptr && rule.asked(*inject);
  });
}

/// Nothing was injected that the rule is about, or not when it is about it.
Finding nothing_to_judge(const Evidence& evidence, const MustNotArrive& rule, std::size_t others,
                         const FindingBuilder& finding) {
  const auto unusable = trace_unusable(evidence);
  if (others > 0 && unusable) {
    return finding.inconclusive(*unusable);
  }
  if (others > 0) {
    const std::string told =
        fmt::format("none of {} was injected {}", count_of(others, rule.noun), name_of(rule.when));
    const bool never = rule.when == When::port_open && wrong_credential(evidence);
    const bool elsewhere = rule.when == When::port_closed && !wrong_credential(evidence);
    return never || elsewhere ? finding.not_applicable(told) : finding.inconclusive(told);
  }
  if (is_asked(evidence, rule)) {
    return finding.inconclusive(
        fmt::format("no {} was injected, though a step asks for it", rule.noun));
  }
  return nothing_injected(evidence, finding, fmt::format("no {} was injected", rule.noun));
}

Finding delivered(const Evidence& evidence, const MustNotArrive& rule, const Frames& frames,
                  std::size_t injected, FindingBuilder& finding) {
  for (const Injected& one : frames) {
    finding.event(*one.event);
    if (one.on_air != nullptr) {
      finding.frame(*one.on_air);
    }
  }
  const Profile profile = evidence.plan.scenario.profile;
  const bool binds = rule.binds == nullptr || rule.binds(profile);
  const std::string told = fmt::format("the station delivered {} of {} to its stack", frames.size(),
                                       count_of(injected, rule.noun));
  return binds ? finding.fail(told)
               : finding.verdict(Verdict::info, fmt::format("{}, which profile {} allows", told,
                                                            to_string(profile)));
}

/// Why no evidence of absence can be had; nothing when it can.
std::optional<std::string> unprovable(const Evidence& evidence) {
  if (is_open(evidence)) {
    return "on an open network plain frames have to be delivered, and none was: the injector "
           "proves nothing here";
  }
  if (auto why = missing(evidence, evidence_file::kAir)) {
    return why;
  }
  if (auto why = netdev_incomplete(evidence, evidence_file::kStationNetdev)) {
    return why;
  }
  return trace_unusable(evidence);
}

/// The frames that reached the station's MAC as they were asked for; a sentence in `too_few` when
/// a form has less than the minimum.
std::vector<const Injected*> arrived(const Frames& frames, const MustNotArrive& rule,
                                     std::string& too_few) {
  std::vector<const Injected*> counted;
  std::map<std::string, std::pair<std::size_t, std::size_t>> by_form;  // counted, of
  for (const Injected& one : frames) {
    auto& [seen, of] = by_form[one.form];
    ++of;
    if (on_air_as_asked(one) && (one.to_group || one.on_air->acknowledged)) {
      counted.push_back(&one);
      ++seen;
    }
  }
  for (const auto& [form, count] : by_form) {
    if (count.first < rule.minimum) {
      too_few = fmt::format("only {} of {} reached the station's MAC {}, {} are needed{}",
                            count.first, count_of(count.second, rule.noun), name_of(rule.when),
                            rule.minimum, by_form.size() == 1 ? "" : " (form " + form + ")");
    }
  }
  return counted;
}

/// That the station takes such a form in at all: a control of it arrived.
const Event* form_control(const Evidence& evidence, const Frames& frames, const Span& window) {
  const Tags tags = delivered_tags(evidence.station_netdev);
  const auto family = [](const std::string& form) { return form.substr(0, form.find('_')); };
  for (const Injected& one : injections(evidence)) {
    const bool kin = std::any_of(frames.begin(), frames.end(), [&](const Injected& other) {
      return family(one.form).starts_with(family(other.form)) ||
             family(other.form).starts_with(family(one.form));
    });
    if (one.control && kin && window.contains(one.time()) && tags.contains(one.tag)) {
      return one.event;
    }
  }
  return nullptr;
}

struct Controls {
  const Event* allowed = nullptr;
  const Event* data = nullptr;  ///< null without a key
  const Event* form = nullptr;
  std::string missing;  ///< empty: all are there
};

Controls controls_of(const Evidence& evidence, const MustNotArrive& rule, const Frames& frames,
                     const Span& window) {
  const bool keyed = rule.when != When::port_closed;
  Controls controls;
  controls.allowed = allowed_control(evidence, window);
  controls.data = keyed ? data_control(evidence, window, rule.to_group) : nullptr;
  controls.form = rule.form_control ? form_control(evidence, frames, window) : nullptr;
  if (controls.allowed == nullptr) {
    controls.missing = "no injected EAPOL frame reached the station's stack";
  } else if (keyed && controls.data == nullptr) {
    controls.missing =
        fmt::format("no protected {}datagram reached the station", rule.to_group ? "group " : "");
  } else if (rule.form_control && controls.form == nullptr) {
    controls.missing = "no frame of such a form that has to be taken in reached its stack either";
  }
  return controls;
}

Finding proved(const MustNotArrive& rule, const std::vector<const Injected*>& counted,
               const Controls& controls, FindingBuilder& finding) {
  for (const Injected* one : counted) {
    finding.frame(*one->on_air).event(*one->event);
  }
  for (const Event* control : {controls.allowed, controls.data, controls.form}) {
    if (control != nullptr) {
      finding.event(*control);
    }
  }
  const std::string subject = count_of(counted.size(), rule.noun);
  return finding.pass(fmt::format("{} {}, while an injected EAPOL frame{} did", subject,
                                  rule.to_group
                                      ? "were on the air and none reached the station's stack"
                                      : "reached the station's MAC and none its stack",
                                  controls.data == nullptr ? "" : " and a protected datagram"));
}

Finding judge_none_delivered(const Evidence& evidence, const MustNotArrive& rule,
                             const Frames& frames, FindingBuilder& finding) {
  if (const auto why = unprovable(evidence)) {
    return finding.inconclusive(*why);
  }
  std::string too_few;
  const auto counted = arrived(frames, rule, too_few);
  if (!too_few.empty()) {
    return finding.inconclusive(too_few);
  }
  const Span span = situation_of(evidence, rule, counted.front()->time()).value();
  if (rule.when != When::associated && !span.contains(counted.back()->time())) {
    return finding.inconclusive("the station's port closed while the frames were injected");
  }
  const Span window{std::max(span.from, counted.front()->time() - kControlWindow),
                    std::min(span.until, counted.back()->time() + kControlWindow)};
  const Controls controls = controls_of(evidence, rule, frames, window);
  if (!controls.missing.empty()) {
    return finding.inconclusive(
        "no such frame was delivered, but neither is it proved that one could have been: " +
        controls.missing);
  }
  return proved(rule, counted, controls, finding);
}

}  // namespace

bool is_plain_data(const Injected& injected) {
  return injected.form == "plain" && injected.frame != "eapol" && !is_management(injected);
}

bool never_asked(const step::Inject&) {
  return false;
}

Finding judge_not_delivered(FindingBuilder finding, const Evidence& evidence,
                            const MustNotArrive& rule) {
  finding.tolerance("none: one delivered frame is a fail");
  Frames frames = concerned(evidence, rule);
  const std::size_t all = frames.size();
  std::erase_if(frames,
                [&](const Injected& one) { return !situation_of(evidence, rule, one.time()); });
  if (frames.empty()) {
    return nothing_to_judge(evidence, rule, all, finding);
  }
  const Tags tags = delivered_tags(evidence.station_netdev);
  Frames let_in;
  std::copy_if(frames.begin(), frames.end(), std::back_inserter(let_in),
               [&](const Injected& one) { return tags.contains(one.tag); });
  return let_in.empty() ? judge_none_delivered(evidence, rule, frames, finding)
                        : delivered(evidence, rule, let_in, frames.size(), finding);
}

}  // namespace postassoc::checks
