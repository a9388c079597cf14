#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "harness/checks/air_view.h"
#include "harness/checks/capture_marks.h"
#include "harness/checks/datagrams.h"
#include "harness/checks/excl_controls.h"
#include "harness/checks/kernel_events.h"
#include "harness/checks/provocations.h"
#include "harness/checks/registry.h"

/// Protected frames to the station whose packet numbers it has to refuse.
namespace postassoc::checks {
namespace {

FindingBuilder& point_at(FindingBuilder& finding, const Datagram& datagram) {
  return finding.frame(*datagram.mpdu).event(*datagram.sent);
}

// --- key.rx-replay-protection
// ---------------------------------------------------------------------

/// Unicast or group frames to the station that were replays.
struct Path {
  std::string_view name;
  bool asked = false;
  std::vector<const Replay*> seen;  ///< and reached the station's MAC
  std::size_t unacknowledged = 0;
};

bool asked_to_reset(const Evidence& evidence, bool group) {
  const auto& steps = evidence.plan.scenario.steps;
  return std::any_of(steps.begin(), steps.end(), [&](const Step& step) {
    const auto* sent = std::get_if<step::AccessPointCommand>(&step.action);
    return sent != nullptr && sent->command.starts_with("RESET_PN") &&
           (sent->command.find("ff:ff:ff:ff:ff:ff") != std::string::npos) == group &&
           sent->command.find("IGTK") == std::string::npos;
  });
}

std::array<Path, 2> sort_replays(const Evidence& evidence, const std::vector<Replay>& all) {
  std::array<Path, 2> paths = {{{"unicast", asked_to_reset(evidence, false), {}, 0},
                                {"group", asked_to_reset(evidence, true), {}, 0}}};
  for (const Replay& replay : all) {
    Path& path = paths[replay.datagram.mpdu->group ? 1 : 0];
    const bool received = replay.datagram.group || replay.datagram.on_air->acknowledged;
    if (received) {
      path.seen.push_back(&replay);
    } else {
      ++path.unacknowledged;
    }
  }
  return paths;
}

/// None of them was delivered: whether that is proved; nothing when it is.
std::optional<std::string> unproved(const Path& path) {
  if (path.seen.size() < kEnoughRepeats) {
    return fmt::format(
        "only {} reached the station's MAC, {} are needed{}",
        count_of(path.seen.size(), fmt::format("replayed {} frame", path.name)), kEnoughRepeats,
        path.asked && path.seen.empty() ? ": hostapd was told to set its packet numbers back" : "");
  }
  const Replay& first = *path.seen.front();
  if (first.datagram.mpdu->time - first.highest_time > kControlWindow) {
    return fmt::format("no {} frame was delivered within {} s before the replays", path.name,
                       std::chrono::duration_cast<std::chrono::seconds>(kControlWindow).count());
  }
  return std::nullopt;
}

Finding judge_replay(const Evidence& evidence) {
  FindingBuilder finding("key.rx-replay-protection", evidence);
  finding.expect("no protected frame is delivered whose packet number is not above the last one")
      .tolerance("none: one delivered replay is a fail");
  if (is_open(evidence) || wrong_credential(evidence)) {
    return finding.not_applicable("this scenario has no protected data");
  }
  if (const auto why = missing(evidence, evidence_file::kAir)) {
    return finding.inconclusive(*why);
  }
  const auto all = replays(evidence);
  for (const Replay& replay : all) {
    if (replay.datagram.delivered != nullptr) {
      const AirProtected& mpdu = *replay.datagram.mpdu;
      return point_at(finding, replay.datagram)
          .at(mpdu.time)
          .actual(fmt::format("packet number {} delivered after {}", mpdu.pn, replay.highest))
          .fail(
              fmt::format("the station delivered a replayed {} frame (frame {}): packet number {} "
                          "after {} had been delivered under the same key",
                          mpdu.group ? "group" : "unicast", mpdu.frame, mpdu.pn, replay.highest));
    }
  }
  const auto paths = sort_replays(evidence, all);
  if (!paths[0].asked && !paths[1].asked && all.empty() && !packet_numbers_fell(evidence)) {
    return finding.not_applicable("no packet number of the access point came again");
  }
  if (const auto why = netdev_incomplete(evidence, evidence_file::kStationNetdev)) {
    return finding.inconclusive(*why);
  }
  std::string told;
  for (const Path& path : paths) {
    if (!path.asked && path.seen.empty()) {
      continue;
    }
    for (const Replay* replay : path.seen) {
      point_at(finding, replay->datagram);
    }
    if (const auto why = unproved(path)) {
      return finding.inconclusive(*why);
    }
    told += fmt::format("{}{}", told.empty() ? "" : " and ",
                        count_of(path.seen.size(), fmt::format("replayed {} frame", path.name)));
  }
  return told.empty() ? finding.inconclusive("no replayed frame was acknowledged by the station")
                      : finding.pass(told + " reached the station's MAC and none its stack");
}

// --- key.gtk-rsc-honoured
// -------------------------------------------------------------------------

bool delivered_after(const Evidence& evidence, const Datagram& first) {
  const auto all = arrived_at_station(evidence);
  return std::any_of(all.begin(), all.end(), [&](const Datagram& one) {
    return one.delivered != nullptr && one.mpdu->frame > first.mpdu->frame;
  });
}

Finding judge_rsc(const Evidence& evidence) {
  FindingBuilder finding("key.gtk-rsc-honoured", evidence);
  finding.expect("no group frame is delivered whose packet number is not above the key's RSC")
      .tolerance("none: one delivered frame is a fail");
  if (is_open(evidence) || wrong_credential(evidence)) {
    return finding.not_applicable("this scenario hands out no group key");
  }
  if (const auto why = missing(evidence, evidence_file::kAir)) {
    return finding.inconclusive(*why);
  }
  const auto old = below_rsc(evidence);
  for (const BelowRsc& one : old) {
    const AirProtected& mpdu = *one.datagram.mpdu;
    if (one.datagram.delivered != nullptr) {
      return point_at(finding, one.datagram)
          .frame(one.key->frame, one.key->time)
          .at(mpdu.time)
          .fail(fmt::format("the station delivered a group frame with packet number {} (frame {}) "
                            "though the key came with RSC {} (frame {})",
                            mpdu.pn, mpdu.frame, one.key->rsc, one.key->frame));
    }
    point_at(finding, one.datagram);
  }
  if (old.empty()) {
    if (!access_point_option(evidence, "gtk_rsc_override")) {
      return finding.not_applicable("no group frame had a packet number below the key's RSC");
    }
    return finding.inconclusive(
        "hostapd gives out a high RSC, and no group frame below it is on the air");
  }
  if (const auto why = netdev_incomplete(evidence, evidence_file::kStationNetdev)) {
    return finding.inconclusive(*why);
  }
  if (old.size() < kEnoughRepeats) {
    return finding.inconclusive(fmt::format("only {} below the RSC, {} are needed",
                                            count_of(old.size(), "group frame"), kEnoughRepeats));
  }
  if (!delivered_after(evidence, old.front().datagram)) {
    return finding.inconclusive(
        "no group frame below the RSC was delivered, but nothing else was either");
  }
  return finding.pass(
      fmt::format("{} below the RSC ({}) and none was delivered, while other "
                  "protected frames were",
                  count_of(old.size(), "group frame"), old.front().key->rsc));
}

}  // namespace

Check key_rx_replay_protection() {
  return {"key.rx-replay-protection",
          "A protected frame whose packet number is not above that of the last one under the same "
          "key is dropped, unicast and group.",
          "Whoever recorded a frame could otherwise send it again, and it would count: an order, a "
          "login, a router advertisement.",
          "IEEE 802.11-2020, 12.5.3.4.4; hostap test_ap_cipher_replay_protection_sta",
          "air capture: packet numbers, with the derived keys; capture on the station's interface",
          "fewer than 3 replays reached the station's MAC, none of the same kind was delivered "
          "before, or the capture on the interface is incomplete",
          "hostapd RESET_PN {station} or ff:ff:ff:ff:ff:ff, then datagrams at once",
          {"gate.capture-complete", "gate.crypto-visible"},
          judge_replay,
          true};
}

Check key_gtk_rsc_honoured() {
  return {"key.gtk-rsc-honoured",
          "A group key is installed with the receive sequence counter that came with it: group "
          "frames that are not above it are dropped.",
          "A station that starts at zero takes in every broadcast that was sent before it joined, "
          "as often as somebody likes.",
          "IEEE 802.11-2020, 12.7.2 (Key RSC); hostap test_ap_wpa2_gtk_initial_rsc",
          "air capture: Key RSC, packet numbers; capture on the station's interface",
          "fewer than 3 group frames below the RSC, nothing else was delivered, or the capture on "
          "the interface is incomplete",
          "hostapd option gtk_rsc_override, then broadcasts",
          {"gate.capture-complete", "gate.crypto-visible"},
          judge_rsc,
          true};
}

}  // namespace postassoc::checks
