#include <fmt/format.h>

#include "harness/checks/air_view.h"
#include "harness/checks/capture_marks.h"
#include "harness/checks/connection.h"
#include "harness/checks/datagrams.h"
#include "harness/checks/excl_controls.h"
#include "harness/checks/kernel_events.h"
#include "harness/checks/registry.h"

namespace postassoc::checks {
namespace {

/// Datagrams of one kind: how many were sent, seen protected on the air, delivered.
struct Delivery {
  std::string_view name;
  std::size_t sent = 0;
  std::size_t on_air = 0;
  std::size_t delivered = 0;
};

/// The access point lets nothing pass before it has message 4. Where its kernel tells nothing of
/// its port, it is taken for open.
bool open_to_access_point(const std::vector<PortSession>& sessions, Timestamp time) {
  const PortSession* session = session_at(sessions, time);
  return sessions.empty() || (session != nullptr && open_at(*session, time));
}

std::vector<Delivery> count_deliveries(const Evidence& evidence, FindingBuilder& finding) {
  std::vector<Delivery> kinds = {
      {"unicast to the station"}, {"group frames to the station"}, {"unicast from the station"}};
  const Tags to_station = delivered_tags(evidence.station_netdev);
  const Tags to_access_point = delivered_tags(evidence.access_point_netdev);
  const Tags on_air = protected_tags(evidence);
  const Tags dropped = rightly_dropped(evidence);
  const auto sessions = port_sessions(evidence, Side::access_point);
  for (const Event* sent : evidence.timeline.all(named(Witness::harness, "data_sent"))) {
    if (!open_port_at(evidence, sent->time) || !open_to_access_point(sessions, sent->time) ||
        dropped.contains(text(*sent, "tag"))) {
      continue;
    }
    const bool down = text(*sent, "from") == "access_point";
    const bool group = flag(*sent, "group").value_or(false);
    Delivery& kind = kinds[!down ? 2 : (group ? 1 : 0)];
    const std::string tag = text(*sent, "tag");
    ++kind.sent;
    if (on_air.contains(tag)) {
      const bool arrived = (down ? to_station : to_access_point).contains(tag);
      ++kind.on_air;
      kind.delivered += arrived ? 1U : 0U;
      if (!arrived) {
        finding.event(*sent);
      }
    }
  }
  return kinds;
}

Finding judge_protected_pass(const Evidence& evidence) {
  FindingBuilder finding("excl.protected-frames-pass", evidence);
  finding.expect("protected datagrams are delivered in both directions, unicast and group")
      .tolerance("one in ten may be lost");
  if (is_open(evidence)) {
    return finding.not_applicable("an open network protects nothing");
  }
  if (wrong_credential(evidence)) {
    return finding.not_applicable("with another passphrase no data can pass");
  }
  if (const auto why = missing(evidence, evidence_file::kAir)) {
    return finding.inconclusive(*why);
  }
  for (const auto file : {evidence_file::kStationNetdev, evidence_file::kAccessPointNetdev}) {
    if (const auto why = netdev_incomplete(evidence, file)) {
      return finding.inconclusive(*why);
    }
  }
  if (const auto why = trace_unusable(evidence)) {
    return finding.inconclusive(*why);
  }
  std::string actual;
  std::size_t sent = 0;
  const auto kinds = count_deliveries(evidence, finding);
  for (const Delivery& kind : kinds) {
    sent += kind.sent;
    actual +=
        fmt::format("{}{}: {} sent, {} protected on the air, {} delivered",
                    actual.empty() ? "" : "; ", kind.name, kind.sent, kind.on_air, kind.delivered);
  }
  finding.actual(actual);
  for (const Delivery& kind : kinds) {
    if (kind.on_air > 0 && kind.delivered * 10 < kind.on_air * 9) {
      if (commands(evidence, "RESET_PN")) {
        return finding.not_applicable(
            "the access point was told to start its packet numbers anew, and frames with old ones "
            "have to be dropped: " +
            actual);
      }
      return finding.fail(fmt::format(
          "of {} protected {} on the air {} delivered", kind.on_air, kind.name,
          kind.delivered == 0 ? "none was" : fmt::format("only {} were", kind.delivered)));
    }
  }
  const bool seen_both_ways = kinds[0].on_air > 0 && kinds[2].on_air > 0;
  const bool group_unseen = kinds[1].sent > 0 && kinds[1].on_air == 0;
  if (!seen_both_ways || group_unseen) {
    return finding.inconclusive(sent == 0 ? "no datagram was sent while the port was open"
                                          : "not every kind of datagram that was sent was seen "
                                            "protected on the air: " +
                                                actual);
  }
  return finding.pass(actual);
}

}  // namespace

Check excl_protected_frames_pass() {
  return {"excl.protected-frames-pass",
          "Protected data is delivered in both directions, unicast and group.",
          "It is the control for every other rule about dropped frames: a station that drops "
          "everything would pass those too.",
          "IEEE 802.11-2020, 12.9 (frame filtering); this harness's own control",
          "air capture; captures on both network interfaces; kernel trace: the port",
          "no datagram was sent while the port was open, or it was not seen protected on the air",
          "an exchange_data step after the connect",
          {"gate.capture-complete", "gate.crypto-visible"},
          judge_protected_pass};
}

}  // namespace postassoc::checks
