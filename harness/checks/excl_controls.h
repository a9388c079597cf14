#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "harness/checks/finding.h"
#include "harness/checks/provocations.h"

/// What every rule about dropped frames needs: what was delivered, when the port was open, and
/// the positive controls. That a frame was *not* delivered means something only while another by
/// the same path was.
namespace postassoc::checks {

using Tags = std::set<std::string>;

/// How far around the injected frames a positive control still speaks for the same situation.
inline constexpr std::chrono::nanoseconds kControlWindow = std::chrono::seconds(5);
/// Within this time after its injection a frame is delivered or it never is.
inline constexpr std::chrono::nanoseconds kDeliveryWindow = std::chrono::milliseconds(50);

/// The tags that a stack received or sent.
Tags delivered_tags(const std::vector<NetdevFrame>& frames);
/// The tags that are on the air in protected frames.
Tags protected_tags(const Evidence& evidence);

/// From when to when.
struct Span {
  Timestamp from{};
  Timestamp until = Timestamp::max();

  bool contains(Timestamp time) const { return time >= from && time <= until; }
};
/// How long the station's port was open around `time`; nothing when the trace does not tell.
std::optional<Span> open_port_at(const Evidence& evidence, Timestamp time);
/// How long the station had been associated with its port still closed around `time`.
std::optional<Span> closed_port_at(const Evidence& evidence, Timestamp time);

/// An unencrypted EAPOL frame that the station's kernel handed on within kDeliveryWindow.
const Event* eapol_delivered(const Evidence& evidence, Timestamp time);
/// Control (a): in this span an injected frame that has to be let through reached the station's
/// stack: an EAPOL frame, or one that was sent as a control. Null without one.
const Event* allowed_control(const Evidence& evidence, const Span& span);
/// Control (b): in this span a protected datagram to the station (to the group) was delivered.
const Event* data_control(const Evidence& evidence, const Span& span, bool group);

/// What is said when nothing that the rule is about was injected, and no step asked for it: not
/// applicable, with the sentence; inconclusive where the timeline of a run is lost. Of a capture
/// alone nobody injected anything.
Finding nothing_injected(const Evidence& evidence, const FindingBuilder& finding, std::string told);

/// Whether management frames are protected in the association of that time; nothing when neither
/// the air nor the scenario tells.
std::optional<bool> management_protection(const Evidence& evidence, Timestamp time);

}  // namespace postassoc::checks
