#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/air_view.h"
#include "harness/checks/capture_marks.h"
#include "harness/checks/connection.h"
#include "harness/checks/datagrams.h"
#include "harness/checks/provocations.h"
#include "harness/checks/registry.h"
#include "harness/checks/station_numbers.h"

/// Forged and malformed EAPOL frames, and an interface that goes away.
namespace postassoc::checks {
namespace {

using std::chrono::seconds;

/// wpa_supplicant gives a handshake up after 10 s: what a forged frame stopped
/// shows by then.
constexpr std::chrono::nanoseconds kWatch = seconds(15);
constexpr std::chrono::nanoseconds kFollows = seconds(1);
constexpr std::chrono::nanoseconds kGivesUp = seconds(20);

/// The station's supplicant ended though nobody had told it to.
const Event* crashed(const Evidence& evidence, Timestamp from) {
  return evidence.timeline.first(
      [](const Event& e) {
        return e.witness == Witness::host && e.side == Side::station &&
               e.name == "process_exited" && !flag(e, "expected").value_or(true);
      },
      from);
}

/// The station ended the association itself, unasked, between the first such frame and some time
/// after the last.
std::optional<Loss> left_unasked(const Evidence& evidence, Timestamp from, Timestamp last) {
  for (const Loss& loss : losses(evidence)) {
    if (loss.association != nullptr && !loss.by_access_point && loss.time > from &&
        loss.time < last + kWatch && !asked_for(evidence, loss)) {
      return loss;
    }
  }
  return std::nullopt;
}

/// What flowed after a time: datagrams to the station that it acknowledged, and
/// how many of these it delivered; frames of its own.
struct Flow {
  std::size_t reached = 0;
  std::size_t delivered = 0;
  std::size_t sent = 0;
};

Flow flow_after(const Evidence& evidence, Timestamp from) {
  Flow flow;
  for (const Datagram& one : datagrams(evidence)) {
    if (one.mpdu == nullptr || one.mpdu->time < from || one.group) {
      continue;
    }
    if (!one.to_station) {
      ++flow.sent;
    } else if (one.on_air->acknowledged) {
      ++flow.reached;
      flow.delivered += one.delivered != nullptr ? 1U : 0U;
    }
  }
  return flow;
}

/// What became of the connection after injected frames. `what`: "3 forged
/// messages 1".
Finding judge_after(const Evidence& evidence, const std::vector<Injected>& frames,
                    const std::string& what, FindingBuilder& finding) {
  const Timestamp last = frames.back().time();
  if (const Event* exited = crashed(evidence, last - kWatch)) {
    return finding.event(*exited)
        .at(exited->time)
        .fail(fmt::format("{} ended after {}", text(*exited, "name"), what));
  }
  if (const auto loss = left_unasked(evidence, frames.front().time(), last)) {
    return finding.frame(loss->frame, loss->time)
        .at(loss->time)
        .fail(fmt::format("after {}, {}", what, loss->text));
  }
  const Flow flow = flow_after(evidence, last);
  if (flow.reached >= kEnoughFrames && flow.delivered == 0 &&
      !netdev_incomplete(evidence, evidence_file::kStationNetdev)) {
    return finding.fail(fmt::format("after {} the station acknowledged {} and delivered none", what,
                                    count_of(flow.reached, "datagram")));
  }
  if (flow.delivered == 0 || flow.sent == 0) {
    return finding.inconclusive(fmt::format(
        "that data still flowed after {} is not shown: {} delivered to the station, {} sent by it",
        what, flow.delivered, flow.sent));
  }
  return finding.pass(
      fmt::format("after {} data flowed on: {} delivered to the station, {} sent by it", what,
                  flow.delivered, flow.sent));
}

// --- robust.forged-m1-no-wedge
// --------------------------------------------------------------------

/// Forged messages 1 that came when the handshake was done.
std::vector<Injected> forged_m1(const Evidence& evidence) {
  auto found = injections(evidence);
  std::erase_if(found, [&](const Injected& one) {
    if (one.variant != "forged_m1") {
      return true;
    }
    const Association* association = association_at(evidence, one.time());
    return association == nullptr ||
           std::none_of(association->eapol.begin(), association->eapol.end(),
                        [&](const AirEapol& frame) {
                          return frame.message == KeyMessage::m4 && frame.time < one.time();
                        });
  });
  return found;
}

Finding judge_forged(const Evidence& evidence) {
  FindingBuilder finding("robust.forged-m1-no-wedge", evidence);
  finding.expect("data flows on, and the station stays, after forged messages 1");
  if (is_open(evidence)) {
    return finding.not_applicable("an open network has no handshake");
  }
  if (const auto why = missing(evidence, evidence_file::kAir)) {
    return finding.inconclusive(*why);
  }
  const auto forged = forged_m1(evidence);
  if (forged.empty()) {
    const auto all = injections(evidence);
    return std::any_of(all.begin(), all.end(),
                       [](const Injected& one) { return one.variant == "forged_m1"; })
               ? finding.inconclusive(
                     "no message 1 was forged after a handshake that is on the air")
               : finding.not_applicable("no message 1 was forged");
  }
  for (const Injected& one : forged) {
    finding.event(*one.event);
  }
  const AirView air(evidence);
  if (air.injected_count() < forged.size()) {
    return finding.inconclusive(fmt::format("only {} of {} found on the air", air.injected_count(),
                                            count_of(forged.size(), "forged message 1 was")));
  }
  return judge_after(evidence, forged, count_of(forged.size(), "forged message 1"), finding);
}

// --- robust.malformed-eapol
// -----------------------------------------------------------------------

Finding judge_malformed(const Evidence& evidence) {
  FindingBuilder finding("robust.malformed-eapol", evidence);
  finding.expect(
      "the supplicant goes on, and so does the connection, after malformed EAPOL frames");
  if (is_open(evidence)) {
    return finding.not_applicable("an open network has no handshake");
  }
  auto malformed = injections(evidence);
  std::erase_if(malformed, [](const Injected& one) {
    return one.variant != "malformed" && one.variant != "unknown_kde";
  });
  if (malformed.empty()) {
    return finding.not_applicable("no malformed EAPOL frame was sent");
  }
  finding.event(*malformed.front().event).event(*malformed.back().event);
  if (const auto why = missing(evidence, evidence_file::kAir)) {
    return finding.inconclusive(*why);
  }
  if (AirView(evidence).injected_count() == 0) {
    return finding.inconclusive("no injected EAPOL frame was found on the air");
  }
  return judge_after(evidence, malformed, count_of(malformed.size(), "malformed EAPOL frame"),
                     finding);
}

// --- robust.surprise-removal
// ----------------------------------------------------------------------

/// The station was told to associate after `from`; whether it came to that.
enum class Back { not_asked, yes, no, unknown };

Back back_after(const Evidence& evidence, Timestamp from, FindingBuilder& finding) {
  for (const Event* step : steps_begun(evidence, "associate")) {
    if (step->time <= from) {
      continue;
    }
    finding.event(*step);
    for (const PortSession& session : port_sessions(evidence, Side::station)) {
      if (!session.opened.empty() && session.opened.front()->time > step->time) {
        finding.event(*session.opened.front());
        return Back::yes;
      }
    }
    return trace_end(evidence) > step->time + kGivesUp ? Back::no : Back::unknown;
  }
  return Back::not_asked;
}

Finding judge_gone(const Evidence& evidence, const Loss& loss, FindingBuilder& finding) {
  finding.event(*loss.event);
  if (const auto why = trace_unusable(evidence)) {
    return finding.inconclusive(*why);
  }
  const auto sessions = port_sessions(evidence, Side::station);
  const PortSession* session = session_at(sessions, loss.time);
  if (session != nullptr && open_at(*session, loss.time + kFollows)) {
    return trace_end(evidence) > loss.time + kFollows && tells_leaving(evidence)
               ? finding.at(loss.time).fail(
                     "1 s after its interface went away the station's port was still open")
               : finding.inconclusive("the kernel trace does not tell what became of the port");
  }
  switch (back_after(evidence, loss.time, finding)) {
    case Back::yes:
      return finding.pass(
          "the station's interface went away, its port closed, and it joined again");
    case Back::no:
      return finding.fail(
          "after its interface had gone away the station did not join again within 20 s of being "
          "told to");
    case Back::unknown:
      return finding.inconclusive("the recording ended before the station could have joined again");
    case Back::not_asked:
      return finding.inconclusive(
          "the station's interface went away and nothing told it to join again: that it works "
          "again is not shown");
  }
  return finding.inconclusive("");
}

Finding judge_removal(const Evidence& evidence) {
  FindingBuilder finding("robust.surprise-removal", evidence);
  finding.expect("a clean end when the interface goes away, and a station that works afterwards")
      .tolerance("1 s to close the port, 20 s to join again");
  for (const Loss& loss : losses(evidence)) {
    if (loss.event != nullptr && is_removal(*loss.event)) {
      return judge_gone(evidence, loss, finding);
    }
  }
  return finding.not_applicable("the station's interface did not go away");
}

}  // namespace

Check robust_forged_m1_no_wedge() {
  return {"robust.forged-m1-no-wedge",
          "Forged messages 1 after the handshake stop neither the traffic nor the association.",
          "Message 1 has no MIC: anyone can send it. A station that starts over on it can be kept "
          "off the network with a frame a second.",
          "IEEE 802.11-2020, 12.7.6.2; hostap rsn_supp/wpa.c; Schepers et al., WiSec 2022",
          "air capture: the forged frames, data afterwards; capture on the station's interface",
          "the forged frames are not on the air, or no data was sent afterwards",
          "inject steps with forged messages 1 under traffic",
          {"gate.capture-complete", "gate.injector-works"},
          judge_forged,
          false};
}

Check robust_malformed_eapol() {
  return {"robust.malformed-eapol",
          "Malformed EAPOL frames (truncated, oversized, unknown elements) crash nothing, hang "
          "nothing, and do not end the association.",
          "EAPOL is parsed before anything is authenticated: its parser is what an attacker meets "
          "first.",
          "IEEE 802.11-2020, 12.7.2; hostap test_ap_wpa2_psk_supp_proto",
          "the harness's injections; the supplicant's process; air capture: data afterwards",
          "no injected EAPOL frame is on the air, or no data was sent afterwards",
          "inject steps with malformed EAPOL frames",
          {"gate.capture-complete", "gate.injector-works"},
          judge_malformed,
          false};
}

Check robust_surprise_removal() {
  return {"robust.surprise-removal",
          "When its interface goes away the station's port closes within a second, and it can join "
          "again when the interface is back.",
          "Adapters are pulled out, machines are suspended: what then hangs needs a reboot.",
          "hostap test_ap_wpa2_psk_ifdown, test_rfkill_wpa2_psk",
          "events interface_gone or station_interface; kernel trace: drv_sta_state",
          "no kernel trace, nothing told the station to join again, or the recording ended before",
          "a station_interface step; unbind the driver, switch the USB port off",
          {},
          judge_removal,
          false};
}

}  // namespace postassoc::checks
