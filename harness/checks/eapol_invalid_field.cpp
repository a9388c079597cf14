#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "harness/checks/eapol_stimulus.h"
#include "harness/checks/registry.h"
#include "harness/frames/elements.h"
#include "harness/frames/key_data.h"

/// EAPOL-Key frames with fields that the station can't use, or does not know.
namespace postassoc::checks {
namespace {

const std::string kMalformed = "that is malformed";
const std::string kUnknown = "with unknown items";

/// As far as it can be read.
std::optional<KeyData> key_data_of(const AirEapol& frame) {
  if (frame.key_data_plain) {
    return parse_key_data(*frame.key_data_plain);
  }
  if (frame.key && !frame.key->encrypted_key_data()) {
    return parse_key_data(frame.key->key_data);
  }
  return std::nullopt;
}

bool is_malformed(const AirView&, const Association&, const AirEapol& frame) {
  if (!frame.key) {
    return frame.eapol.type == kEapolKey && !frame.eapol.raw.empty();
  }
  const auto data = key_data_of(frame);
  if (!data) {
    return false;
  }
  const Kde* pmkid = data->find_kde(kKdePmkid);
  return data->truncated || (pmkid != nullptr && pmkid->data.size() != Pmkid{}.size());
}

/// IEEE 802.11-2020, table 12-10, and the MLO KDEs of IEEE 802.11be.
bool is_known_kde(const Kde& kde) {
  constexpr std::uint8_t kLast = 23;
  constexpr std::array<std::uint8_t, 2> kReserved = {2, 15};
  return kde.data_type != 0 && kde.data_type <= kLast &&
         std::find(kReserved.begin(), kReserved.end(), kde.data_type) == kReserved.end();
}

bool is_known_element(const Element& element) {
  constexpr std::array kKnown = {kElementRsn,
                                 kElementMobilityDomain,
                                 kElementFastBssTransition,
                                 kElementTimeoutInterval,
                                 kElementManagementMic,
                                 kElementRsnExtension,
                                 kElementVendorSpecific,
                                 kElementExtension};
  return std::find(kKnown.begin(), kKnown.end(), element.id) != kKnown.end();
}

bool has_unknown_items(const AirView&, const Association&, const AirEapol& frame) {
  if (!frame.key) {
    return false;
  }
  const auto& reserved = frame.key->reserved;
  const bool reserved_set =
      std::any_of(reserved.begin(), reserved.end(), [](std::byte b) { return b != std::byte{0}; });
  const auto data = key_data_of(frame);
  return reserved_set || (data && !data->truncated &&
                          (std::any_of(data->kdes.begin(), data->kdes.end(),
                                       [](const Kde& kde) { return !is_known_kde(kde); }) ||
                           std::any_of(data->elements.begin(), data->elements.end(),
                                       [](const Element& e) { return !is_known_element(e); })));
}

/// hostapd is told to put something unknown into its messages.
bool asked_for(const Evidence& evidence) {
  constexpr std::array<std::string_view, 3> kOptions = {
      "eapol_m1_elements=", "eapol_m3_elements=", "eapol_key_reserved_random=1"};
  const auto& options = evidence.plan.scenario.access_point.hostapd_options;
  return std::any_of(options.begin(), options.end(), [&](const std::string& option) {
    return std::any_of(kOptions.begin(), kOptions.end(),
                       [&](std::string_view known) { return option.starts_with(known); });
  });
}

/// A message that the station has to go on with.
bool wants_answer(const AirEapol& frame) {
  return frame.message == KeyMessage::m1 ||
         (frame.message == KeyMessage::m3 && frame.mic_valid == true);
}

/// A message of the access point's own with unknown items of which the station had two copies or
/// more, and answered none, or that it left for.
const Stimulus* never_answered(const Stimuli& unknown) {
  for (const Stimulus& first : unknown.frames) {
    if (first.injected || !wants_answer(*first.frame)) {
      continue;
    }
    std::size_t acknowledged = 0;
    bool answered = false;
    for (const AirEapol& frame : first.association->eapol) {
      if (frame.message == first.frame->message) {
        acknowledged += frame.acknowledged ? 1U : 0U;
        answered = answered || is_answered(*first.association, frame);
      }
    }
    const bool left = first.association->ended_by == Direction::from_station;
    if (!answered && (acknowledged >= 2 || (acknowledged == 1 && left))) {
      return &first;
    }
  }
  return nullptr;
}

/// All are the access point's own, and the station went on with each that it had to answer.
bool all_tolerated(const Stimuli& unknown) {
  return unknown.injected == 0 &&
         std::any_of(unknown.frames.begin(), unknown.frames.end(),
                     [](const Stimulus& s) { return wants_answer(*s.frame); }) &&
         std::all_of(unknown.frames.begin(), unknown.frames.end(), [](const Stimulus& s) {
           return !wants_answer(*s.frame) || is_answered(*s.association, *s.frame);
         });
}

std::optional<Finding> left_on(const Evidence& evidence, const Stimuli& stimuli,
                               const std::string& what, FindingBuilder& finding) {
  for (const Stimulus& stimulus : stimuli.frames) {
    finding.frame(*stimulus.frame);
    if (const auto left = left_after(evidence, stimulus)) {
      return finding.frame(left->frame, left->time)
          .at(left->time)
          .fail(left_text(*left, stimulus, what));
    }
  }
  return std::nullopt;
}

/// Why one kind of frame, where there was any, proves nothing.
std::optional<Finding> nothing_proved(const Evidence& evidence, const Stimuli& stimuli,
                                      const std::string& what, const FindingBuilder& finding) {
  if (stimuli.injected_on_air < stimuli.injected) {
    return finding.inconclusive(fmt::format("of {} that were injected, {} are on the air",
                                            how_many(stimuli.injected, what),
                                            stimuli.injected_on_air));
  }
  if (stimuli.frames.empty()) {
    return std::nullopt;
  }
  const auto why = staying_unproved(evidence, stimuli, what);
  return why ? std::optional(finding.verdict(unproved_verdict(stimuli), *why)) : std::nullopt;
}

Finding none_sent(const Evidence& evidence, const FindingBuilder& finding) {
  if (const auto stop = without_handshake(finding, evidence)) {
    return *stop;
  }
  return asked_for(evidence) ? finding.inconclusive(
                                   "hostapd was told to put unknown items into its messages, and "
                                   "none is on the air")
                             : finding.not_applicable(
                                   "the station was sent no frame that is malformed or has "
                                   "unknown items");
}

struct Sent {
  Stimuli malformed, unknown;
  bool any() const {
    return malformed.injected + unknown.injected + malformed.frames.size() + unknown.frames.size() >
           0;
  }
};

Sent find_sent(const Evidence& evidence, const AirView& air) {
  const auto any = [](const AirView&, const Association&, const AirEapol&) { return true; };
  return {find_stimuli(evidence, air, {kMalformed, {"malformed"}, any, is_malformed}),
          find_stimuli(evidence, air, {kUnknown, {"unknown_kde"}, any, has_unknown_items})};
}

/// What the station did that it must not; nothing when it kept still.
std::optional<Finding> fault_of(const Evidence& evidence, const Sent& sent,
                                FindingBuilder& finding) {
  if (auto fault = left_on(evidence, sent.malformed, kMalformed, finding)) {
    return fault;
  }
  if (auto fault = left_on(evidence, sent.unknown, kUnknown, finding)) {
    return fault;
  }
  const Stimulus* refused = asked_for(evidence) ? never_answered(sent.unknown) : nullptr;
  return refused == nullptr
             ? std::nullopt
             : std::optional(finding.at(refused->frame->time)
                                 .fail(fmt::format("the station acknowledged {} with unknown items "
                                                   "(frame {}) and never answered it",
                                                   to_string(refused->frame->message),
                                                   refused->frame->frame)));
}

Finding judge_invalid(const Evidence& evidence) {
  FindingBuilder finding("eapol.invalid-field-silent-discard", evidence);
  finding.expect("no disconnection after a malformed frame; unknown items passed over")
      .tolerance("3 of them, watched for 12 s");
  const AirView air(evidence);
  const Sent sent = find_sent(evidence, air);
  if (!sent.any()) {
    return none_sent(evidence, finding);
  }
  if (const auto why = missing(evidence, evidence_file::kAir)) {
    return finding.inconclusive(*why);
  }
  if (const auto fault = fault_of(evidence, sent, finding)) {
    return *fault;
  }
  if (const auto unproved = nothing_proved(evidence, sent.malformed, kMalformed, finding)) {
    return *unproved;
  }
  const auto unproved = nothing_proved(evidence, sent.unknown, kUnknown, finding);
  if (unproved && !all_tolerated(sent.unknown)) {
    return *unproved;
  }
  return finding.pass(fmt::format("the station left neither for {} nor for {}",
                                  how_many(sent.malformed.frames.size(), kMalformed),
                                  how_many(sent.unknown.frames.size(), kUnknown)));
}

}  // namespace

Check eapol_invalid_field_silent_discard() {
  Check check{
      "eapol.invalid-field-silent-discard",
      "A malformed EAPOL-Key frame is discarded without a word, and what is only unknown in one "
      "is passed over: the station never leaves for it, and the handshake goes on.",
      "A station that disconnects on a malformed message 1, which nothing protects, can be thrown "
      "out by anybody; one that chokes on new elements fails with tomorrow's access points.",
      "IEEE 802.11-2020, 12.7.2; WiSec 2022, deauthentication by malformed messages; hostap "
      "test_rsn_eapol_m1_elements",
      "air capture: the frames, answers and the frame that ends the association",
      "fewer than 3 such frames were acknowledged, or the station was not watched for 12 s after "
      "the last; of frames that nobody asked for only a remark",
      "inject steps: message 1 with a PMKID KDE of a wrong length or truncated key data; hostapd's "
      "eapol_m1_elements, eapol_m3_elements, eapol_key_reserved_random",
      {"gate.capture-complete", "gate.injector-works"},
      judge_invalid};
  check.fail_stands_alone = true;
  return check;
}

}  // namespace postassoc::checks
