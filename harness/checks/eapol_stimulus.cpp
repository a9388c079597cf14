#include "harness/checks/eapol_stimulus.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "harness/checks/kernel_events.h"

namespace postassoc::checks {
namespace {

using std::chrono::nanoseconds;

constexpr nanoseconds kKeyEffect = std::chrono::milliseconds(500);
constexpr nanoseconds kKeyCause = std::chrono::seconds(1);

bool is_stimulus(const Stimuli& stimuli, const AirEapol& frame) {
  return std::any_of(stimuli.frames.begin(), stimuli.frames.end(),
                     [&](const Stimulus& s) { return s.frame == &frame; });
}

const Association* association_of(const Evidence& evidence, const AirEapol& frame) {
  for (const Association& association : evidence.air.associations) {
    for (const AirEapol& one : association.eapol) {
      if (&one == &frame) {
        return &association;
      }
    }
  }
  return nullptr;
}

/// What the harness does that may end an association: whatever is not known to leave it alone.
bool ends_association(const Event& event) {
  constexpr std::array<std::string_view, 6> kSteps = {"await",  "exchange_data",   "traffic",
                                                      "inject", "prove_exclusion", "wait"};
  constexpr std::array<std::string_view, 5> kCommands = {
      "RESEND_M1", "RESEND_M3", "RESEND_GROUP_M1", "RESET_PN", "REKEY_GTK"};
  if (event.witness != Witness::harness) {
    return false;
  }
  const std::string command = text(event, "command");
  const std::string step = text(event, "step");
  return event.name == "access_point_command"
             ? std::none_of(kCommands.begin(), kCommands.end(),
                            [&](std::string_view known) { return command.starts_with(known); })
             : event.name == "step_started" && step != "access_point_command" &&
                   std::find(kSteps.begin(), kSteps.end(), step) == kSteps.end();
}

/// When the station was next told to leave, or the run was over.
Timestamp told_to_leave(const Evidence& evidence, Timestamp from) {
  const Event* told = evidence.timeline.first(
      [](const Event& e) { return ends_association(e) || e.name == "run_finished"; }, from);
  return told != nullptr ? told->time : Timestamp::max();
}

/// The last thing that the capture shows.
Timestamp capture_end(const Evidence& evidence) {
  Timestamp end = evidence.air.quality.last_beacon.value_or(Timestamp::min());
  const auto take = [&end](const auto& frames) {
    if (!frames.empty()) {
      end = std::max(end, frames.back().time);
    }
  };
  for (const Association& association : evidence.air.associations) {
    take(association.eapol);
    take(association.protected_data);
    take(association.plain_data);
    take(association.management);
    end = std::max(end, association.end_time.value_or(end));
  }
  return end;
}

}  // namespace

Stimuli find_stimuli(const Evidence& evidence, const AirView& air, const StimulusKind& kind) {
  Stimuli found;
  for (const Injected& one : injections(evidence)) {
    const auto variant = std::find(kind.variants.begin(), kind.variants.end(), one.variant);
    if (one.frame != "eapol" || one.control || variant == kind.variants.end()) {
      continue;
    }
    ++found.injected;
    const AirEapol* copy = air.copy_of(*one.event);
    const Association* association = copy != nullptr ? association_of(evidence, *copy) : nullptr;
    if (association != nullptr && kind.fits(air, *association, *copy)) {
      ++found.injected_on_air;
      found.frames.push_back({association, copy, true});
    }
  }
  for (const Association& association : evidence.air.associations) {
    for (const AirEapol& frame : association.eapol) {
      if (frame.direction == Direction::from_access_point && !air.injected(frame) &&
          kind.by_content(air, association, frame)) {
        found.frames.push_back({&association, &frame, false});
      }
    }
  }
  std::sort(found.frames.begin(), found.frames.end(),
            [](const Stimulus& a, const Stimulus& b) { return a.frame->frame < b.frame->frame; });
  return found;
}

const AirEapol* reply_to(const AirView& air, const Stimuli& stimuli, const Stimulus& stimulus) {
  if (!stimulus.frame->key) {
    return nullptr;
  }
  const std::uint64_t counter = stimulus.frame->key->replay_counter;
  std::size_t open = 0;  // sound questions with this counter that wait for their answer
  for (const AirEapol& frame : stimulus.association->eapol) {
    if (!frame.key || frame.key->replay_counter != counter || frame.key->request()) {
      continue;
    }
    if (frame.direction == Direction::from_access_point) {
      open += air.injected(frame) || is_stimulus(stimuli, frame) ? 0U : 1U;
    } else if (open > 0) {
      --open;
    } else if (frame.frame > stimulus.frame->frame) {
      return &frame;
    }
  }
  return nullptr;
}

namespace {

/// Whether a message that hands over keys, or a reassociation response, explains a key at `time`.
bool key_has_cause(const Evidence& evidence, const AirView& air, const Stimuli& stimuli,
                   Timestamp time, nanoseconds uncertainty) {
  const auto lately = [&](Timestamp cause) {
    return cause <= time + uncertainty && cause >= time - kKeyCause;
  };
  const auto hands_over = [&](const AirEapol& frame) {
    return (frame.message == KeyMessage::m3 || frame.message == KeyMessage::g1) &&
           !air.injected(frame) && !is_stimulus(stimuli, frame) && lately(frame.time);
  };
  const auto& all = evidence.air.associations;
  return std::any_of(all.begin(), all.end(), [&](const Association& association) {
    return (association.response_time && lately(*association.response_time)) ||
           std::any_of(association.eapol.begin(), association.eapol.end(), hands_over);
  });
}

}  // namespace

const Event* key_after(const Evidence& evidence, const AirView& air, const Stimuli& stimuli,
                       const Stimulus& stimulus) {
  const nanoseconds uncertainty = evidence.clock_uncertainty() + kAirStampUncertainty;
  const Timestamp from = stimulus.frame->time + uncertainty;
  for (const KeyInstall& install : key_installs(evidence, Side::station, from, from + kKeyEffect)) {
    if (!key_has_cause(evidence, air, stimuli, install.time(), uncertainty)) {
      return install.request;
    }
  }
  return nullptr;
}

std::optional<Left> left_after(const Evidence& evidence, const Stimulus& stimulus) {
  const bool steps_known =
      evidence.timeline.first(checks::named(Witness::harness, "step_started")) != nullptr;
  if (!stimulus.injected || !steps_known) {
    return std::nullopt;
  }
  const Association& association = *stimulus.association;
  const nanoseconds uncertainty = evidence.clock_uncertainty() + kAirStampUncertainty;
  const bool left = association.end_time && association.end_frame &&
                    association.ended_by == Direction::from_station &&
                    *association.end_time > stimulus.frame->time;
  if (!left || *association.end_time - stimulus.frame->time > kDisconnectWatch ||
      told_to_leave(evidence, stimulus.frame->time) <= *association.end_time + uncertainty) {
    return std::nullopt;
  }
  return Left{*association.end_frame, *association.end_time, association.end_reason};
}

nanoseconds watched_after(const Evidence& evidence, const Stimulus& stimulus) {
  const Timestamp from = stimulus.frame->time;
  const Timestamp end = std::min({told_to_leave(evidence, from), capture_end(evidence),
                                  stimulus.association->end_time.value_or(Timestamp::max())});
  return std::clamp(end - from, nanoseconds::zero(), kDisconnectWatch);
}

std::string how_many(std::size_t count, const std::string& what) {
  return count_of(count, "frame") + " " + what;
}

std::optional<std::string> staying_unproved(const Evidence& evidence, const Stimuli& stimuli,
                                            const std::string& what) {
  const auto reached = static_cast<std::size_t>(
      std::count_if(stimuli.frames.begin(), stimuli.frames.end(),
                    [](const Stimulus& s) { return s.frame->acknowledged; }));
  if (reached < kEnoughStimuli) {
    return fmt::format("{} of {} reached the station's MAC, {} are needed", reached,
                       how_many(stimuli.frames.size(), what), kEnoughStimuli);
  }
  const nanoseconds watched = watched_after(evidence, stimuli.frames.back());
  if (watched < kDisconnectWatch) {
    return fmt::format(
        "the station was watched for {} ms after the last frame {}; that it does not leave "
        "shows only after {} s",
        to_ms_text(watched), what,
        std::chrono::duration_cast<std::chrono::seconds>(kDisconnectWatch).count());
  }
  return std::nullopt;
}

namespace {

std::string named(const Stimulus& stimulus, const std::string& what) {
  return fmt::format("a frame {} (frame {}{})", what, stimulus.frame->frame,
                     stimulus.injected ? ", injected" : "");
}

}  // namespace

Verdict unproved_verdict(const Stimuli& stimuli) {
  return stimuli.injected > 0 ? Verdict::inconclusive : Verdict::info;
}

std::string left_text(const Left& left, const Stimulus& stimulus, const std::string& what) {
  return fmt::format("the station left (frame {}{}) {} ms after {}", left.frame,
                     left.reason ? fmt::format(", reason {}", *left.reason) : "",
                     to_ms_text(left.time - stimulus.frame->time), named(stimulus, what));
}

namespace {

/// What one of them did to the station.
std::optional<Finding> effect(const Evidence& evidence, const AirView& air, const Stimuli& stimuli,
                              FindingBuilder& finding, const std::string& what) {
  for (const Stimulus& stimulus : stimuli.frames) {
    finding.frame(*stimulus.frame);
    if (const AirEapol* reply = reply_to(air, stimuli, stimulus)) {
      return finding.frame(*reply)
          .at(reply->time)
          .fail(fmt::format("the station answered {} with {} (frame {})", named(stimulus, what),
                            reply->message == KeyMessage::unknown ? "an EAPOL-Key frame"
                                                                  : to_string(reply->message),
                            reply->frame));
    }
    if (const Event* key = key_after(evidence, air, stimuli, stimulus)) {
      return finding.event(*key).at(key->time).fail(
          fmt::format("the station installed a key {} ms after {}",
                      to_ms_text(key->time - stimulus.frame->time), named(stimulus, what)));
    }
    if (const auto left = left_after(evidence, stimulus)) {
      return finding.frame(left->frame, left->time)
          .at(left->time)
          .fail(left_text(*left, stimulus, what));
    }
  }
  return std::nullopt;
}

/// Why "it had no effect" is not proved; nothing when it is.
std::optional<std::string> unproved(const Evidence& evidence, const Stimuli& stimuli,
                                    const std::string& what) {
  if (auto why = staying_unproved(evidence, stimuli, what)) {
    return why;
  }
  if (auto why = trace_unusable(evidence)) {
    return "neither an answer nor a disconnection followed, and whether a key was installed is not "
           "known: " +
           *why;
  }
  return std::nullopt;
}

}  // namespace

Finding judge_no_effect(const Evidence& evidence, FindingBuilder finding,
                        const StimulusKind& kind) {
  const std::string& what = kind.what;
  finding.expect("no answer, no key and no disconnection after a frame " + what)
      .tolerance(fmt::format("{} of them, watched for 12 s", kEnoughStimuli));
  const AirView air(evidence);
  const Stimuli stimuli = find_stimuli(evidence, air, kind);
  if (stimuli.injected == 0 && stimuli.frames.empty()) {
    if (const auto stop = without_handshake(finding, evidence)) {
      return *stop;
    }
    return finding.not_applicable("the station was sent no frame " + what);
  }
  if (const auto why = missing(evidence, evidence_file::kAir)) {
    return finding.inconclusive(*why);
  }
  if (const auto fault = effect(evidence, air, stimuli, finding, what)) {
    return *fault;
  }
  if (stimuli.injected_on_air < stimuli.injected) {
    return finding.inconclusive(fmt::format("of {} that were injected, {} are on the air",
                                            how_many(stimuli.injected, what),
                                            stimuli.injected_on_air));
  }
  if (const auto why = unproved(evidence, stimuli, what)) {
    return finding.verdict(unproved_verdict(stimuli), *why);
  }
  return finding.pass(fmt::format("{} had no effect", how_many(stimuli.frames.size(), what)));
}

}  // namespace postassoc::checks
