#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/air_view.h"
#include "harness/checks/kernel_events.h"
#include "harness/checks/registry.h"
#include "harness/checks/retry_schedule.h"
#include "harness/checks/timing_samples.h"

/// Whether the access point is the one that limits and commands here are known of.
namespace postassoc::checks {
namespace {

const Retry* first_off(const std::vector<Retry>& retries) {
  const auto off =
      std::find_if(retries.begin(), retries.end(), [](const Retry& r) { return r.off(); });
  return off == retries.end() ? nullptr : &*off;
}

/// A rig promises hostapd; the access point of a capture may be any, and is only remarked upon.
Finding departed(const Evidence& evidence, FindingBuilder& finding, const Retry& off) {
  const std::string text = fmt::format(
      "{} of the access point took {} ms (frames {} and {}), where hostapd waits {} ms", off.name,
      to_ms_text(off.measured), off.from_frame, off.to_frame, to_ms_text(off.expected));
  finding.at(off.to_time);
  return evidence.capture_only
             ? finding.verdict(Verdict::info,
                               text +
                                   ": it has timers of its own, by which the default limits of "
                                   "100 ms for messages 2 and 4 are not measured")
             : finding.inconclusive(text);
}

void tell(FindingBuilder& finding, const std::vector<Retry>& retries) {
  finding.expect("retransmissions when hostapd's timers have them").tolerance("10 % + 20 ms");
  for (const Retry& retry : retries) {
    finding.measure({retry.name, retry.measured, kAirStampUncertainty, std::nullopt})
        .frame(retry.to_frame, retry.to_time);
  }
}

// --- timing.ref-retry-schedule
// --------------------------------------------------------------------

Finding judge_schedule(const Evidence& evidence) {
  FindingBuilder finding("timing.ref-retry-schedule", evidence);
  if (const auto stop = without_handshake(finding, evidence)) {
    return *stop;
  }
  const std::vector<Retry> retries = retries_of_access_point(evidence);
  tell(finding, retries);
  if (const Retry* off = first_off(retries)) {
    return departed(evidence, finding, *off);
  }
  if (!retries.empty()) {
    return finding.pass(fmt::format("{} of the access point on hostapd's schedule",
                                    count_of(retries.size(), "wait")));
  }
  return wrong_credential(evidence)
             ? finding.inconclusive(
                   "with another passphrase message 1 has to come again, and no retransmission is "
                   "on the air")
             : finding.not_applicable("the access point had nothing to send again");
}

// --- gate.ref-behaves
// -----------------------------------------------------------------------------

const Event* unknown_command(const Evidence& evidence) {
  return evidence.timeline.first([](const Event& e) {
    return e.witness == Witness::harness && e.name == "access_point_command" &&
           text(e, "answer").starts_with("UNKNOWN COMMAND");
  });
}

Finding judge_gate(const Evidence& evidence) {
  FindingBuilder finding("gate.ref-behaves", evidence);
  if (const auto why = missing(evidence, evidence_file::kAir)) {
    return finding.inconclusive(*why);
  }
  const std::vector<Retry> retries = retries_of_access_point(evidence);
  tell(finding, retries);
  if (const Event* unknown = unknown_command(evidence)) {
    return finding.event(*unknown).inconclusive(
        fmt::format("hostapd does not know the command \"{}\": it was built without "
                    "CONFIG_TESTING_OPTIONS",
                    text(*unknown, "command")));
  }
  if (const Retry* off = first_off(retries)) {
    return departed(evidence, finding, *off);
  }
  if (retries.empty()) {
    return finding.not_applicable(
        "the access point sent nothing again: nothing speaks against its timers");
  }
  return finding.pass(fmt::format("{} of the access point on hostapd's schedule",
                                  count_of(retries.size(), "wait")));
}

}  // namespace

Check timing_ref_retry_schedule() {
  return {"timing.ref-retry-schedule",
          "The access point sends unanswered messages again when hostapd's timers have it.",
          "Limits such as 100 ms for message 4 are the access point's own timers: with another "
          "access point, or one that is too busy, they say nothing about the station.",
          "hostap src/ap/wpa_auth.c: 100 ms, 1 s for an acknowledged message 1, 500 ms for group "
          "message 1, then 1 s each, four times in all",
          "air capture: retransmitted EAPOL-Key messages and their acknowledgements",
          "a wait is off by more than 10 % and 20 ms; it is never a fault of the station, and of a "
          "capture without a rig only a remark",
          "a wrong passphrase; rekeys whose answers are lost",
          {"gate.capture-complete"},
          judge_schedule};
}

Check gate_ref_behaves() {
  return {"gate.ref-behaves",
          "The access point is the hostapd that the limits come from: what it sends again comes "
          "when hostapd's timers have it, and it knows the commands of the scenario.",
          "Other trees of hostap have other timers, and builds without the testing commands do "
          "nothing when they are commanded: the station would be blamed for either.",
          "hostap src/ap/wpa_auth.c, hostapd/ctrl_iface.c; timing.ref-retry-schedule",
          "air capture: retransmissions; the harness's access_point_command events",
          "a wait is off by more than 10 % and 20 ms, or a command was unknown. Where nothing was "
          "sent again nothing is held against the access point. Of a capture without a rig, whose "
          "access point may be any, other timers are only remarked upon",
          "part of every run; a wrong passphrase shows the timers",
          {},
          judge_gate};
}

}  // namespace postassoc::checks
