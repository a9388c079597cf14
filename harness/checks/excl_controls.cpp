#include "harness/checks/excl_controls.h"

#include <algorithm>

#include "harness/checks/air_view.h"
#include "harness/checks/kernel_events.h"

namespace postassoc::checks {

Tags delivered_tags(const std::vector<NetdevFrame>& frames) {
  Tags tags;
  for (const NetdevFrame& frame : frames) {
    if (!frame.tag.empty()) {
      tags.insert(frame.tag);
    }
  }
  return tags;
}

Tags protected_tags(const Evidence& evidence) {
  Tags tags;
  for (const auto& seen : evidence.air.tagged) {
    if (seen.protected_frame) {
      tags.insert(seen.tag);
    }
  }
  return tags;
}

std::optional<Span> open_port_at(const Evidence& evidence, Timestamp time) {
  for (const PortSession& session : port_sessions(evidence, Side::station)) {
    if (session.opened.empty()) {
      continue;
    }
    const Span open{session.opened.front()->time,
                    session.closed.empty() ? Timestamp::max() : session.closed.front()->time};
    if (open.contains(time)) {
      return open;
    }
  }
  return std::nullopt;
}

std::optional<Span> closed_port_at(const Evidence& evidence, Timestamp time) {
  for (const PortSession& session : port_sessions(evidence, Side::station)) {
    if (session.associated == nullptr) {
      continue;
    }
    const Event* end = session.opened.empty() ? session.left : session.opened.front();
    const Span closed{session.associated->time, end == nullptr ? Timestamp::max() : end->time};
    if (closed.contains(time)) {
      return closed;
    }
  }
  return std::nullopt;
}

const Event* eapol_delivered(const Evidence& evidence, Timestamp time) {
  const auto delivered =
      evidence.timeline.between(time, time + kDeliveryWindow, [](const Event& e) {
        return e.name == "cfg80211_rx_control_port" && e.witness == Witness::kernel &&
               e.side == Side::station && flag(e, "unencrypted").value_or(false);
      });
  return delivered.empty() ? nullptr : delivered.front();
}

const Event* allowed_control(const Evidence& evidence, const Span& span) {
  const Tags delivered = delivered_tags(evidence.station_netdev);
  for (const Injected& one : injections(evidence)) {
    const bool eapol = one.frame == "eapol";
    if (!span.contains(one.time()) || (!eapol && !one.control)) {
      continue;
    }
    if (delivered.contains(one.tag)) {
      return one.event;
    }
    if (const Event* seen = eapol ? eapol_delivered(evidence, one.time()) : nullptr) {
      return seen;
    }
  }
  return nullptr;
}

const Event* data_control(const Evidence& evidence, const Span& span, bool group) {
  const Tags delivered = delivered_tags(evidence.station_netdev);
  const Tags on_air = protected_tags(evidence);
  for (const Event* sent :
       evidence.timeline.between(span.from, span.until, named(Witness::harness, "data_sent"))) {
    const std::string tag = text(*sent, "tag");
    if (text(*sent, "from") == "access_point" && flag(*sent, "group").value_or(false) == group &&
        delivered.contains(tag) && on_air.contains(tag)) {
      return sent;
    }
  }
  return nullptr;
}

Finding nothing_injected(const Evidence& evidence, const FindingBuilder& finding,
                         std::string told) {
  const auto lost = missing(evidence, evidence_file::kTimeline);
  return lost && !evidence.capture_only ? finding.inconclusive(*lost)
                                        : finding.not_applicable(std::move(told));
}

std::optional<bool> management_protection(const Evidence& evidence, Timestamp time) {
  const Association* at = nullptr;
  for (const Association& association : evidence.air.associations) {
    if (association.request_time.value_or(Timestamp::min()) <= time) {
      at = &association;
    }
  }
  if (at != nullptr && at->suites) {
    return at->suites->mfp;
  }
  switch (evidence.plan.scenario.access_point.pmf) {
    case Pmf::off:
      return false;
    case Pmf::required:
      return true;
    case Pmf::optional:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace postassoc::checks
