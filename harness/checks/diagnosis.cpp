#include "harness/checks/diagnosis.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "harness/checks/air_view.h"
#include "harness/checks/kernel_events.h"

namespace postassoc::checks {
namespace {

std::string times(std::size_t count) {
  constexpr std::array<std::string_view, 7> kWords = {
      "", "once", "twice", "three times", "four times", "five times", "six times"};
  return count < kWords.size() ? std::string(kWords[count]) : fmt::format("{} times", count);
}

std::string frames_text(const std::vector<const AirEapol*>& frames) {
  std::vector<std::uint64_t> numbers;
  numbers.reserve(frames.size());
  for (const AirEapol* frame : frames) {
    numbers.push_back(frame->frame);
  }
  return fmt::format("{} {}", numbers.size() == 1 ? "frame" : "frames", fmt::join(numbers, ", "));
}

/// Messages of one kind in an association, without injected ones.
std::vector<const AirEapol*> messages(const AirView& air, const Association& association,
                                      KeyMessage kind) {
  std::vector<const AirEapol*> found;
  for (const AirEapol* frame : air.keys(association)) {
    if (frame->message == kind) {
      found.push_back(frame);
    }
  }
  return found;
}

void point_at(FindingBuilder& finding, const std::vector<const AirEapol*>& frames) {
  for (const AirEapol* frame : frames) {
    finding.frame(*frame);
  }
}

std::string how_it_ended(const Association& association, FindingBuilder& finding) {
  if (!association.end_frame || !association.end_reason) {
    return "";
  }
  finding.frame(*association.end_frame, association.end_time.value_or(Timestamp{}));
  const std::string reason = reason_text(*association.end_reason);
  return association.ended_by == Direction::from_access_point
             ? fmt::format(", and the access point sent the station away with reason {}", reason)
             : fmt::format(", and the station left with reason {}", reason);
}

/// Association itself: nothing when it succeeded.
std::string diagnose_association(const Association& association, FindingBuilder& finding) {
  if (association.request_frame) {
    finding.frame(*association.request_frame, association.request_time.value_or(Timestamp{}));
  }
  if (!association.response_frame) {
    return fmt::format(
        "the access point did not answer the station's association request{}",
        association.request_frame ? fmt::format(" (frame {})", *association.request_frame) : "");
  }
  finding.frame(*association.response_frame, association.response_time.value_or(Timestamp{}));
  if (association.status.value_or(0) != 0) {
    return fmt::format("the access point refused the association with status {} (frame {})",
                       *association.status, *association.response_frame);
  }
  return "";
}

std::string after_m2(const Association& association, const std::vector<const AirEapol*>& m2,
                     FindingBuilder& finding) {
  const bool all_bad = std::all_of(m2.begin(), m2.end(), [](const AirEapol* f) {
    return f->mic_valid.has_value() && !*f->mic_valid;
  });
  if (all_bad) {
    return fmt::format(
        "the MIC of {} message 2 ({}) failed{}: the station's passphrase differs from the "
        "network's",
        m2.size() == 1 ? "its" : "each", frames_text(m2), how_it_ended(association, finding));
  }
  return fmt::format(
      "the station answered with message 2 ({}), and the access point did not go on to message 3{}",
      frames_text(m2), how_it_ended(association, finding));
}

std::string diagnose_handshake(const AirView& air, const Association& association,
                               FindingBuilder& finding) {
  const auto m1 = messages(air, association, KeyMessage::m1);
  const auto m2 = messages(air, association, KeyMessage::m2);
  const auto m3 = messages(air, association, KeyMessage::m3);
  const auto m4 = messages(air, association, KeyMessage::m4);
  for (const auto* list : {&m1, &m2, &m3, &m4}) {
    point_at(finding, *list);
  }
  if (m1.empty()) {
    return "the station associated, but the access point sent no message 1" +
           how_it_ended(association, finding);
  }
  const std::string asked =
      fmt::format("the access point sent message 1 {} ({})", times(m1.size()), frames_text(m1));
  if (m2.empty()) {
    return fmt::format("{}, and the station sent no message 2{}", asked,
                       how_it_ended(association, finding));
  }
  if (m3.empty()) {
    return fmt::format("{}, {}", asked, after_m2(association, m2, finding));
  }
  if (m4.empty()) {
    return fmt::format(
        "the access point sent message 3 {} ({}), and the station sent no message 4{}",
        times(m3.size()), frames_text(m3), how_it_ended(association, finding));
  }
  return "";
}

/// All four messages were there, or none were needed: what the station made of it.
std::string diagnose_port(const Evidence& evidence, const Association& association, Timestamp from,
                          FindingBuilder& finding) {
  const std::string done =
      is_open(evidence) ? "the association succeeded" : "the 4-way handshake completed on the air";
  const auto openings = port_openings(evidence, Side::station);
  const auto opened = std::find_if(openings.begin(), openings.end(),
                                   [&](const Event* e) { return e->time >= from; });
  if (opened == openings.end() && !trace_unusable(evidence)) {
    return done + ", but the station's port was not opened" + how_it_ended(association, finding);
  }
  return done + how_it_ended(association, finding);
}

const Association* association_since(const Evidence& evidence, Timestamp from) {
  const Association* found = nullptr;
  for (const Association& association : evidence.air.associations) {
    const auto begun =
        association.request_time ? association.request_time : association.response_time;
    if (begun && *begun + evidence.clock_uncertainty() < from) {
      continue;
    }
    // The first that got as far as EAPOL tells most: later ones repeat it.
    if (found == nullptr || (found->eapol.empty() && !association.eapol.empty())) {
      found = &association;
    }
  }
  return found;
}

/// Before an association: what became of authentication, as the station's kernel tells it.
std::string diagnose_authentication(const Evidence& evidence, Timestamp from,
                                    FindingBuilder& finding) {
  const auto answers = evidence.timeline.between(from, Timestamp::max(), [](const Event& event) {
    return event.side == Side::station && event.name == "NL80211_CMD_AUTHENTICATE";
  });
  if (answers.empty()) {
    return "the station sent no association request, though the access point's beacons were on "
           "the air";
  }
  const Event& last = *answers.back();
  finding.event(last);
  const std::string times = answers.size() == 1 ? "" : fmt::format(" {} times", answers.size());
  if (flag(last, "timed_out").value_or(false)) {
    return "the access point did not answer the station's authentication" + times;
  }
  const auto status = number(last, "status").value_or(0);
  return status == 0
             ? "the station authenticated" + times + " and sent no association request"
             : fmt::format("the access point refused the station's authentication{}, status {}",
                           times, status);
}

}  // namespace

std::string diagnose_module(const Evidence& evidence, Timestamp from, FindingBuilder& finding) {
  const Event* gone = evidence.timeline.first(
      [](const Event& e) {
        return e.witness == Witness::ihv &&
               (e.name == "ihv_module_crash" || e.name == "ihv_module_hang");
      },
      from);
  if (gone == nullptr) {
    return "";
  }
  finding.event(*gone);
  if (gone->name == "ihv_module_hang") {
    return fmt::format("the module did not return from {} within {} ms", text(*gone, "command"),
                       number(*gone, "limit_ms").value_or(0));
  }
  const auto signal = number(*gone, "signal");
  return signal ? fmt::format("the module's process was ended by signal {}", *signal)
                : fmt::format("the module's process ended with code {}",
                              number(*gone, "exit_code").value_or(0));
}

std::string reason_text(std::uint16_t reason) {
  switch (reason) {
    case 2:
      return "2 (previous authentication no longer valid)";
    case 3:
      return "3 (the sender is leaving)";
    case 6:
      return "6 (class 2 frame from a station that is not authenticated)";
    case 7:
      return "7 (class 3 frame from a station that is not associated)";
    case 15:
      return "15 (4-way handshake timeout)";
    case 16:
      return "16 (group key handshake timeout)";
    case 17:
      return "17 (element in 4-way handshake differs)";
    default:
      return std::to_string(reason);
  }
}

std::string diagnose_connection(const Evidence& evidence, Timestamp from, FindingBuilder& finding) {
  if (std::string gone = diagnose_module(evidence, from, finding); !gone.empty()) {
    return gone;
  }
  if (missing(evidence, evidence_file::kAir)) {
    return "";
  }
  const Association* association = association_since(evidence, from);
  if (association == nullptr) {
    return evidence.air.quality.beacons == 0 ? "the air capture holds no beacon of the access point"
                                             : diagnose_authentication(evidence, from, finding);
  }
  if (std::string refused = diagnose_association(*association, finding); !refused.empty()) {
    return refused;
  }
  if (!is_open(evidence)) {
    const AirView air(evidence);
    if (std::string stuck = diagnose_handshake(air, *association, finding); !stuck.empty()) {
      return stuck;
    }
  }
  return diagnose_port(evidence, *association, from, finding);
}

}  // namespace postassoc::checks
