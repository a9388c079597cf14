#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/air_view.h"
#include "harness/checks/connection.h"
#include "harness/checks/provocations.h"
#include "harness/checks/registry.h"
#include "harness/checks/station_numbers.h"
#include "harness/frames/eapol.h"

namespace postassoc::checks {
namespace {

/// The port is open again within this time.
constexpr std::chrono::nanoseconds kFollows = std::chrono::seconds(1);
/// The end of an association closes the port so long before its frame is on the air.
constexpr std::chrono::nanoseconds kEnding = std::chrono::milliseconds(50);

/// EAP on the air once the handshake was done, and the rekey that came of it.
struct Reauthentication {
  const Association* association = nullptr;
  const AirEapol* m4 = nullptr;    ///< of the first handshake
  const AirEapol* eap = nullptr;   ///< the first frame of it
  const AirEapol* done = nullptr;  ///< message 4 of the handshake after it; null: none
};

std::optional<Reauthentication> reauthentication(const Association& association) {
  Reauthentication found{&association, nullptr, nullptr, nullptr};
  for (const AirEapol& frame : association.eapol) {
    const bool is_eap = frame.eapol.type == kEapolEapPacket && !frame.key;
    if (frame.message == KeyMessage::m4) {
      found.m4 = found.m4 != nullptr ? found.m4 : &frame;
      found.done = found.eap != nullptr ? &frame : nullptr;
    } else if (is_eap && found.m4 != nullptr && found.eap == nullptr) {
      found.eap = &frame;
    }
  }
  return found.eap != nullptr ? std::optional(found) : std::nullopt;
}

/// Data of the station in clear once it had keys.
const AirPlain* clear_data(const Reauthentication& reauth) {
  for (const AirPlain& frame : reauth.association->plain_data) {
    if (frame.direction == Direction::from_station && frame.frame > reauth.eap->frame) {
      return &frame;
    }
  }
  return nullptr;
}

/// The port closed during it and was not open again when it had to be, or when the end came.
struct Closing {
  const Event* event = nullptr;  ///< null: it did not
  bool in_time = false;          ///< it had until then
};

Closing stayed_closed(const Evidence& evidence, const Reauthentication& reauth) {
  const auto sessions = port_sessions(evidence, Side::station);
  const PortSession* session = session_at(sessions, reauth.eap->time);
  if (session == nullptr) {
    return {};
  }
  const Timestamp due = reauth.done->time + kFollows;
  const Timestamp end =
      reauth.association->end_time ? *reauth.association->end_time - kEnding : Timestamp::max();
  for (const Event* closed : session->closed) {
    const bool during = closed->time > reauth.eap->time && closed->time < std::min(due, end);
    if (during && !open_at(*session, std::min(due, end))) {
      return {closed, due <= end};
    }
  }
  return {};
}

/// What the air alone says; nothing when it is right so far.
std::optional<Finding> judge_air(const Reauthentication& reauth, FindingBuilder& finding) {
  finding.frame(*reauth.eap);
  if (const AirPlain* frame = clear_data(reauth)) {
    return finding.frame(*frame)
        .at(frame->time)
        .fail(fmt::format(
            "during re-authentication (from frame {}) the station sent data in clear (frame {})",
            reauth.eap->frame, frame->frame));
  }
  if (reauth.done == nullptr) {
    return finding.inconclusive(
        fmt::format("re-authentication began (frame {}), and no handshake after it is on the air",
                    reauth.eap->frame));
  }
  finding.frame(*reauth.done);
  return std::nullopt;
}

Finding judge_reauthentication(const Evidence& evidence, const Reauthentication& reauth,
                               FindingBuilder finding) {
  if (auto decided = judge_air(reauth, finding)) {
    return std::move(*decided);
  }
  if (const auto why = trace_unusable(evidence)) {
    return finding.inconclusive(*why);
  }
  if (const auto loss =
          ended_unasked(evidence, *reauth.association, reauth.done->time + kFollows)) {
    return finding.inconclusive("the connection was lost with re-authentication: " + loss->text);
  }
  if (const Closing closing = stayed_closed(evidence, reauth); closing.event != nullptr) {
    finding.event(*closing.event).at(closing.event->time);
    return closing.in_time
               ? finding.fail(
                     "the station's port closed with re-authentication and was not open "
                     "again 1 s after its handshake")
               : finding.inconclusive(
                     "the station's port closed with re-authentication, and the "
                     "association ended before 1 s had passed");
  }
  const std::size_t frames = protected_after(*reauth.association, reauth.done->frame);
  if (frames < kEnoughFrames) {
    return finding.inconclusive(
        fmt::format("only {} of the station came after re-authentication, {} are needed",
                    count_of(frames, "protected frame"), kEnoughFrames));
  }
  return finding.pass(
      fmt::format("re-authentication (frames {} to {}) kept the port, nothing was sent in clear, "
                  "and {} of the station followed",
                  reauth.eap->frame, reauth.done->frame, count_of(frames, "protected frame")));
}

Finding judge_reauth(const Evidence& evidence) {
  FindingBuilder finding("port.reauth-keeps-service", evidence);
  finding.expect("no data in clear, and the port open, through EAP re-authentication and new keys");
  if (is_open(evidence)) {
    return finding.not_applicable("an open network has no authentication");
  }
  if (const auto why = missing(evidence, evidence_file::kAir)) {
    return finding.inconclusive(*why);
  }
  std::optional<Finding> worst;
  for (const Association& association : evidence.air.associations) {
    if (const auto reauth = reauthentication(association)) {
      keep_worst(worst, judge_reauthentication(evidence, *reauth, finding));
    }
  }
  if (worst) {
    return *worst;
  }
  const bool asked =
      commands(evidence, "EAPOL_REAUTH") || access_point_option(evidence, "eap_reauth_period");
  return asked ? finding.inconclusive(
                     "the access point was told to re-authenticate the station, and no EAP after "
                     "the handshake is on the air")
               : finding.not_applicable("the station was not authenticated again");
}

}  // namespace

Check port_reauth_keeps_service() {
  return {"port.reauth-keeps-service",
          "EAP re-authentication and the new pairwise key leave the port open, or open again "
          "within a second, and no data goes out in clear.",
          "Enterprise networks authenticate anew every hour: a gap there is a dropped call, a leak "
          "there is a leak every hour.",
          "IEEE 802.1X-2020, 8.9; hostap test_ap_wpa2_eap_reauth",
          "air capture: EAP after the handshake, the next handshake, data; kernel trace: the port",
          "the handshake after it is not on the air, fewer than 5 protected frames after it, or no "
          "kernel trace",
          "hostapd EAPOL_REAUTH, or eap_reauth_period=2",
          {"gate.capture-complete"},
          judge_reauth,
          true};
}

}  // namespace postassoc::checks
