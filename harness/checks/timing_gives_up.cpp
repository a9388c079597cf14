#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/air_view.h"
#include "harness/checks/kernel_events.h"
#include "harness/checks/limits.h"
#include "harness/checks/registry.h"

namespace postassoc::checks {
namespace {

using std::chrono::nanoseconds;

/// hostapd says something every second while it waits.
constexpr nanoseconds kSilent = std::chrono::seconds(2);

/// An association in which the access point fell silent before the handshake was over.
struct Silence {
  Timestamp from{};  ///< what the station's own timer counts from
  std::uint64_t from_frame = 0;
  Timestamp last{};               ///< the last that the access point said
  Timestamp until{};              ///< how far the station can be followed
  std::optional<Timestamp> left;  ///< when it gave up
  std::uint64_t left_frame = 0;   ///< 0: not told by a frame of this association
};

bool handshake_over(const Evidence& evidence, const Association& association, Timestamp end) {
  const auto openings = port_openings(evidence, Side::station);
  return association.fast_transition || !association.protected_data.empty() ||
         std::any_of(association.eapol.begin(), association.eapol.end(),
                     [](const AirEapol& f) { return f.message == KeyMessage::m4; }) ||
         std::any_of(openings.begin(), openings.end(), [&](const Event* opened) {
           return opened->time >= *association.response_time && opened->time <= end;
         });
}

/// wpa_supplicant counts from the association, and anew from the first EAPOL frame
/// (wpa_supplicant.c, wpa_supplicant_req_auth_timeout).
Silence begin_of(const Association& association) {
  Silence silence;
  silence.from = silence.last = *association.response_time;
  silence.from_frame = association.response_frame.value_or(0);
  bool first = true;
  for (const AirEapol& frame : association.eapol) {
    if (frame.direction != Direction::from_access_point) {
      continue;
    }
    if (first) {
      silence.from = frame.time;
      silence.from_frame = frame.frame;
      first = false;
    }
    silence.last = frame.time;
  }
  return silence;
}

/// When the harness told the station to do something else, or ended the recording.
std::optional<Timestamp> told_otherwise(const Evidence& evidence, Timestamp from) {
  const Event* told = evidence.timeline.first(
      [](const Event& e) {
        const std::string step = text(e, "step");
        return e.witness == Witness::harness &&
               (e.name == "run_finished" || e.name == "capture_drained" ||
                (e.name == "step_started" && (step == "disassociate" || step == "associate")));
      },
      from);
  return told != nullptr ? std::optional(told->time) : std::nullopt;
}

/// By a frame, by asking for another association, or as its kernel knows.
void find_end(const Evidence& evidence, const Association& association, Silence& silence) {
  const auto take = [&silence](Timestamp time, std::uint64_t frame) {
    if (time > silence.from && (!silence.left || time < *silence.left)) {
      silence.left = time;
      silence.left_frame = frame;
    }
  };
  if (association.end_time) {
    take(*association.end_time, association.end_frame.value_or(0));
  }
  for (const Association& other : evidence.air.associations) {
    if (&other != &association && other.request_time) {
      take(*other.request_time, other.request_frame.value_or(0));
    }
  }
  for (const PortSession& session : port_sessions(evidence, Side::station)) {
    if (session.left != nullptr) {
      take(session.left->time, 0);
    }
  }
}

std::optional<Silence> silence_in(const Evidence& evidence, const Association& association) {
  const bool secured = !association.rsne.empty() || !association.eapol.empty();
  const bool refused = !association.response_time || association.status.value_or(0) != 0;
  const bool sent_away =
      association.end_time && association.ended_by == Direction::from_access_point;
  if (!secured || refused || sent_away) {
    return std::nullopt;
  }
  Silence silence = begin_of(association);
  find_end(evidence, association, silence);
  const auto told = told_otherwise(evidence, silence.from);
  if (told && silence.left && *silence.left > *told) {
    silence.left.reset();
  }
  const Timestamp seen = evidence.air.quality.last_beacon.value_or(silence.last);
  silence.until = silence.left.value_or(told.value_or(std::max(seen, silence.last)));
  const bool silent = silence.until - silence.last > kSilent;
  return silent && !handshake_over(evidence, association, silence.until) ? std::optional(silence)
                                                                         : std::nullopt;
}

std::string ms(nanoseconds time) {
  return to_ms_text(time) + " ms";
}

/// No end of the station's waiting is in sight. Of a capture alone it may have gone without a word.
Finding still_there(const Evidence& evidence, const Silence& silence, nanoseconds limit,
                    FindingBuilder& finding) {
  const nanoseconds took = silence.until - silence.from;
  const std::string seen = fmt::format(
      "the access point fell silent after frame {}, and in {} that it was watched for the station "
      "was not seen to give up",
      silence.from_frame, ms(took));
  if (evidence.capture_only) {
    return finding.verdict(Verdict::info, seen);
  }
  if (const auto why = trace_unusable(evidence)) {
    return finding.inconclusive(seen + ", but: " + *why);
  }
  return took > limit ? finding.at(silence.until).fail(seen)
                      : finding.inconclusive(seen + "; it may take " + ms(limit));
}

/// The limit is twice what the station declares; within a fifth of that it is on time.
Finding judge_silence(const Evidence& evidence, const Silence& silence, nanoseconds limit,
                      FindingBuilder finding) {
  const nanoseconds declared = limit / 2;
  const nanoseconds took = silence.until - silence.from;
  finding.expect("about " + ms(declared) + ", at most " + ms(limit))
      .tolerance("a fifth")
      .actual(ms(took))
      .frame(silence.from_frame, silence.from)
      .measure({"dut-gives-up", took, kAirStampUncertainty, limit});
  if (!silence.left) {
    return still_there(evidence, silence, limit, finding);
  }
  if (silence.left_frame != 0) {
    finding.frame(silence.left_frame, *silence.left);
  }
  const std::string after = fmt::format("{} after frame {}", ms(took), silence.from_frame);
  if (took > limit) {
    return finding.at(silence.until)
        .fail("the access point fell silent, and the station gave up only " + after);
  }
  const nanoseconds off = took > declared ? took - declared : declared - took;
  return off > declared / 5
             ? finding.verdict(Verdict::info, fmt::format("the station gave up {}, where {} is "
                                                          "declared",
                                                          after, ms(declared)))
             : finding.pass("the station gave up " + after);
}

Finding judge_gives_up(const Evidence& evidence) {
  FindingBuilder finding("timing.dut-gives-up", evidence);
  if (is_open(evidence)) {
    return finding.not_applicable("an open network has no handshake");
  }
  if (const auto why = missing(evidence, evidence_file::kAir)) {
    return finding.inconclusive(*why);
  }
  const nanoseconds limit = *limit_of(evidence, "timing.dut-gives-up").max;
  std::optional<Finding> worst;
  for (const Association& association : evidence.air.associations) {
    const auto silence = silence_in(evidence, association);
    if (!silence) {
      continue;
    }
    Finding judged = judge_silence(evidence, *silence, limit, finding);
    if (!worst || worst->verdict < judged.verdict) {
      worst = std::move(judged);
    }
  }
  return worst ? *worst
               : finding.not_applicable("the access point never fell silent in a handshake");
}

}  // namespace

Check timing_dut_gives_up() {
  return {
      "timing.dut-gives-up",
      "When the access point falls silent during the handshake the station gives up in time "
      "(default: about 10 s, for 802.1X 70 s, and never later than twice that).",
      "A station that waits for ever holds on to an access point that is gone, and the user has "
      "no network until he turns the radio off and on.",
      "hostap wpa_supplicant.c, wpa_supplicant_req_auth_timeout: 10 s from the association and "
      "again from the first EAPOL frame, 70 s for 802.1X",
      "air capture: association response, EAPOL frames, the frame with which the station leaves; "
      "kernel trace",
      "the station was not watched for long enough, or no kernel trace says that it stayed; of a "
      "capture alone a station that is not seen to leave is only a remark",
      "hostapd with wpa_pairwise_update_count=100: SET ext_eapol_frame_io 1 before or after "
      "message 1, then wait",
      {"gate.capture-complete", "gate.ref-behaves"},
      judge_gives_up};
}

}  // namespace postassoc::checks
