#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/air_view.h"
#include "harness/checks/kernel_events.h"
#include "harness/checks/registry.h"

/// What the station does between association and authorisation.
namespace postassoc::checks {
namespace {

// --- order.no-data-before-authorized
// --------------------------------------------------------------

/// When the station's port surely was closed: from the association response to the kernel's
/// opening, less what the clocks may be off; without a kernel trace to the first message 4, which
/// comes before it. Never beyond the station's first protected data.
struct Closed {
  Timestamp from{};
  Timestamp until{};
  bool by_kernel = false;
};

/// Max without one.
Timestamp first_m4(const Association& association) {
  for (const AirEapol& frame : association.eapol) {
    if (frame.message == KeyMessage::m4) {
      return frame.time;
    }
  }
  return Timestamp::max();
}

Timestamp first_protected(const Association& association) {
  for (const AirProtected& data : association.protected_data) {
    if (data.direction == Direction::from_station) {
      return data.time;
    }
  }
  return Timestamp::max();
}

std::optional<Closed> closed_span(const Evidence& evidence, const Association& association) {
  if (!association.response_time || association.status.value_or(0) != 0 ||
      association.fast_transition) {
    return std::nullopt;
  }
  const Timestamp from = *association.response_time;
  const Timestamp end =
      std::min(association.end_time.value_or(Timestamp::max()), first_protected(association));
  const auto uncertainty = evidence.clock_uncertainty() + kAirStampUncertainty;
  if (trace_unusable(evidence)) {
    const Timestamp m4 = first_m4(association);
    return Closed{from, m4 == Timestamp::max() ? from : std::min(m4, end), false};
  }
  for (const Event* opened : port_openings(evidence, Side::station)) {
    if (opened->time + uncertainty >= from && opened->time <= end) {
      return Closed{from, opened->time - uncertainty, true};
    }
  }
  return Closed{from, end, true};
}

bool tried_to_send(const Evidence& evidence, const Closed& span) {
  return !evidence.timeline
              .between(span.from, span.until,
                       [](const Event& e) {
                         return e.witness == Witness::harness && e.name == "data_sent" &&
                                text(e, "from") == to_string(Side::station);
                       })
              .empty();
}

/// An MSDU of the station, other than EAPOL, while the port was closed.
const AirPlain* data_in(const Association& association, const Closed& span) {
  for (const AirPlain& data : association.plain_data) {
    if (data.direction == Direction::from_station && data.time > span.from &&
        data.time < span.until) {
      return &data;
    }
  }
  return nullptr;
}

bool traffic_before_association(const Evidence& evidence) {
  for (const Step& step : evidence.plan.scenario.steps) {
    if (std::holds_alternative<step::Associate>(step.action)) {
      return false;
    }
    const auto* traffic = std::get_if<step::Traffic>(&step.action);
    if (traffic != nullptr && traffic->on) {
      return true;
    }
  }
  return false;
}

Finding nobody_tried(const Evidence& evidence, const FindingBuilder& finding) {
  return traffic_before_association(evidence)
             ? finding.inconclusive(
                   "traffic was to run before the association, and no attempt of the station to "
                   "send between association and authorisation is recorded")
             : finding.not_applicable(
                   "nothing was to be sent between association and authorisation");
}

/// IEEE 802.1X-2020, 6.4 (the controlled port); IEEE 802.11-2020, 11.3.
Finding judge_no_data(const Evidence& evidence) {
  FindingBuilder finding("order.no-data-before-authorized", evidence);
  finding.expect("no data of the station but EAPOL between association and authorisation");
  if (const auto stop = without_handshake(finding, evidence)) {
    return *stop;
  }
  std::size_t tried = 0;
  bool by_kernel = true;
  for (const Association& association : evidence.air.associations) {
    const auto span = closed_span(evidence, association);
    if (!span) {
      continue;
    }
    if (const AirPlain* data = data_in(association, *span)) {
      return finding.frame(*data).fail(
          fmt::format("the station sent data in clear (frame {}, ethertype {:#06x}) {} ms after "
                      "the association "
                      "response, before its port was open",
                      data->frame, data->ethertype, to_ms_text(data->time - span->from)));
    }
    if (tried_to_send(evidence, *span)) {
      finding.frame(association.response_frame.value_or(0), span->from);
      by_kernel = by_kernel && span->by_kernel;
      ++tried;
    }
  }
  if (tried == 0) {
    return nobody_tried(evidence, finding);
  }
  if (!by_kernel) {
    return finding.inconclusive(
        "no data left before message 4, and when the port opened after it "
        "is not known: " +
        trace_unusable(evidence).value_or("there is no kernel trace"));
  }
  return finding.pass(
      fmt::format("in {} the station had data to send and kept it until its port "
                  "was open",
                  count_of(tried, "association")));
}

// --- order.early-m1-not-lost
// ----------------------------------------------------------------------

/// When the supplicant learned of an association, which began with this response.
const Event* told_of_association(const Evidence& evidence, const Association& association) {
  const Timestamp from = association.response_time.value_or(Timestamp::min());
  const Timestamp until = association.end_time.value_or(Timestamp::max());
  const Event* told = evidence.timeline.first(
      [](const Event& e) {
        return e.side == Side::station &&
               ((e.witness == Witness::supplicant &&
                 text(e, "text").starts_with("Associated with")) ||
                (e.witness == Witness::ihv && e.name == "ihv_association"));
      },
      from);
  return told != nullptr && told->time <= until ? told : nullptr;
}

enum class Fate {
  answered,     ///< as the first of the association
  lost,         ///< acknowledged, and only a later one was answered
  not_counted,  ///< not acknowledged, or never answered
};

Fate fate_of(const HandshakeView& handshake) {
  const AirEapol& first = *handshake.m1.front();
  if (handshake.m2.empty()) {
    return Fate::not_counted;
  }
  const AirEapol* asked = handshake.answered_by(*handshake.m2.front());
  if (asked == &first) {
    return Fate::answered;
  }
  return first.acknowledged && asked != nullptr ? Fate::lost : Fate::not_counted;
}

struct EarlyM1 {
  std::size_t answered = 0;
  std::size_t early = 0;  ///< of them, surely before the supplicant knew of the association
  std::size_t lost = 0;   ///< surely early
  const AirEapol* lost_m1 = nullptr;
  const AirEapol* lost_unknown = nullptr;  ///< lost, and whether it was early is not known
};

void count_m1(const Evidence& evidence, const HandshakeView& handshake, EarlyM1& counts) {
  const Fate fate = fate_of(handshake);
  const AirEapol& first = *handshake.m1.front();
  const Event* told = told_of_association(evidence, *handshake.association);
  const auto uncertainty = evidence.clock_uncertainty() + kAirStampUncertainty;
  const bool early = told != nullptr && first.time < told->time - told->uncertainty - uncertainty;
  if (fate == Fate::answered) {
    ++counts.answered;
    counts.early += early ? 1U : 0U;
  } else if (fate == Fate::lost && early) {
    ++counts.lost;
    counts.lost_m1 = counts.lost_m1 != nullptr ? counts.lost_m1 : &first;
  } else if (fate == Fate::lost && told == nullptr) {
    counts.lost_unknown = &first;
  }
}

/// hostap wpa_supplicant/events.c, pending_eapol_rx.
Finding judge_early_m1(const Evidence& evidence) {
  FindingBuilder finding("order.early-m1-not-lost", evidence);
  finding.expect("message 2 answers the first message 1").tolerance("5 % of the associations");
  if (const auto stop = without_handshake(finding, evidence)) {
    return *stop;
  }
  EarlyM1 counts;
  const AirView air(evidence);
  bool kept_back = false;  // by the medium, as the scenario says
  for (const HandshakeView& handshake : air.handshakes()) {
    if (handshake.rekey || handshake.m1.empty() || !handshake.association->response_frame) {
      continue;
    }
    if (handshake.m1.front()->medium.touched()) {
      kept_back = true;
      continue;
    }
    finding.frame(*handshake.m1.front());
    count_m1(evidence, handshake, counts);
  }
  if (counts.lost * 20 > counts.lost + counts.answered) {
    return finding.at(counts.lost_m1->time)
        .fail(
            fmt::format("the station acknowledged message 1 (frame {}), which came before its "
                        "supplicant knew of the association, and answered only a later one: {} of "
                        "{} lost",
                        counts.lost_m1->frame, counts.lost,
                        count_of(counts.lost + counts.answered, "first message 1")));
  }
  if (counts.lost_unknown != nullptr) {
    return finding.inconclusive(
        fmt::format("the station acknowledged message 1 (frame {}) and answered only a later one; "
                    "whether it came before the supplicant knew of the association is not recorded",
                    counts.lost_unknown->frame));
  }
  if (counts.answered == 0 && kept_back) {
    return finding.not_applicable("the medium did not let the first message 1 pass as it was sent");
  }
  if (counts.answered == 0) {
    return finding.inconclusive(
        "no association response with a message 1 and its message 2 after "
        "it is on the air");
  }
  return finding.pass(
      fmt::format("{} answered, {} of them before the supplicant knew of the "
                  "association",
                  count_of(counts.answered, "first message 1"), counts.early));
}

}  // namespace

Check order_no_data_before_authorized() {
  Check check{
      "order.no-data-before-authorized",
      "Between association and authorisation the station sends no data but EAPOL.",
      "Data that leaves before the keys are there leaves in clear, and an access point that "
      "forwards it lets somebody in whom nobody has authenticated.",
      "IEEE 802.1X-2020, 6.4; mac80211 tx.c, ieee80211_tx_h_check_assoc and the drop for an "
      "unauthorised port",
      "air capture; kernel trace: the port; the harness's data_sent events",
      "traffic was asked for and the station made no attempt, or no kernel trace says when "
      "the port opened",
      "traffic started before the association; an access point that holds message 3 back",
      {"gate.capture-complete"},
      judge_no_data};
  check.fail_stands_alone = true;
  return check;
}

Check order_early_m1_not_lost() {
  Check check{"order.early-m1-not-lost",
              "A message 1 that arrives before the station's software has heard of the association "
              "is kept and answered.",
              "The two come on different ways, and the frame can be faster: dropped, it costs the "
              "access point's retry, up to a second on every such connect.",
              "hostap wpa_supplicant/events.c, pending_eapol_rx (kept for 200 ms)",
              "air capture: association response, message 1, message 2; the supplicant's "
              "\"Associated\"",
              "message 1 or message 2 is not on the air; one was lost and nothing tells when the "
              "supplicant heard of the association",
              "an access point that sends message 1 at once; a loaded station",
              {"gate.capture-complete"},
              judge_early_m1};
  return check;
}

}  // namespace postassoc::checks
