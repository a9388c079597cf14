#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/checks/air_view.h"
#include "harness/checks/provocations.h"

/// EAPOL-Key frames that a station has to leave without effect, and the effects that they may have
/// all the same.
namespace postassoc::checks {

/// How many of them have to reach the station's MAC before "it did nothing" is proved.
inline constexpr std::size_t kEnoughStimuli = 3;
/// For so long a disconnection counts as theirs: wpa_supplicant gives a handshake up after 10 s.
inline constexpr std::chrono::nanoseconds kDisconnectWatch = std::chrono::seconds(12);

/// Such a frame on the air.
struct Stimulus {
  const Association* association = nullptr;
  const AirEapol* frame = nullptr;
  bool injected = false;  ///< by the harness; else the access point sent it itself
};

using IsStimulus = std::function<bool(const AirView&, const Association&, const AirEapol&)>;
struct StimulusKind {
  std::string what;                        ///< after "frame": "with a used replay counter"
  std::vector<std::string_view> variants;  ///< of injected ones: see Injected::variant
  IsStimulus fits;        ///< whether the copy of an injected one is what its event says
  IsStimulus by_content;  ///< whether a frame that the access point sent itself is one
};
/// The frames of the access point, or in its name, that are one. In order of frames.
struct Stimuli {
  std::vector<Stimulus> frames;
  std::size_t injected = 0;         ///< events of such a variant
  std::size_t injected_on_air = 0;  ///< of these, found on the air
};
Stimuli find_stimuli(const Evidence& evidence, const AirView& air, const StimulusKind& kind);

/// The station's answer to a stimulus: one that carries its counter and comes after it, and that no
/// sound frame of the access point with this counter explains. Null without one.
const AirEapol* reply_to(const AirView& air, const Stimuli& stimuli, const Stimulus& stimulus);
/// A key that the station's kernel was given soon after the stimulus, with no sound message 3 or
/// group message 1 and no (re)association within a second before it.
const Event* key_after(const Evidence& evidence, const AirView& air, const Stimuli& stimuli,
                       const Stimulus& stimulus);

/// The station's own end of the association within kDisconnectWatch of an injected frame, when
/// nothing else asked for it. Nothing after any other frame, or when the timeline has no steps:
/// nobody knows why it left.
struct Left {
  std::uint64_t frame = 0;
  Timestamp time{};
  std::optional<std::uint16_t> reason;
};
std::optional<Left> left_after(const Evidence& evidence, const Stimulus& stimulus);
/// How long the station was watched after a stimulus, at most kDisconnectWatch: until it was told
/// to leave, the access point sent it away, or the capture ended.
std::chrono::nanoseconds watched_after(const Evidence& evidence, const Stimulus& stimulus);

/// "3 frames with a used replay counter".
std::string how_many(std::size_t count, const std::string& what);
/// Why it can't be said that the station did not leave on them: too few reached its MAC, or it was
/// not watched for long enough after the last. Nothing when it can.
std::optional<std::string> staying_unproved(const Evidence& evidence, const Stimuli& stimuli,
                                            const std::string& what);
/// What "not proved" amounts to: inconclusive where the harness provoked it; only a remark where
/// the access point did something odd of its own accord.
Verdict unproved_verdict(const Stimuli& stimuli);
/// "the station left (frame 9, reason 2) 3.2 ms after a frame <what> (frame 7, injected)".
std::string left_text(const Left& left, const Stimulus& stimulus, const std::string& what);

/// The whole judgement of a rule "such a frame has no effect".
Finding judge_no_effect(const Evidence& evidence, FindingBuilder finding, const StimulusKind& kind);

}  // namespace postassoc::checks
