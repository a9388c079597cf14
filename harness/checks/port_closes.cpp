#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/air_view.h"
#include "harness/checks/connection.h"
#include "harness/checks/registry.h"

namespace postassoc::checks {
namespace {

/// A port follows within this time.
constexpr std::chrono::nanoseconds kFollows = std::chrono::seconds(1);

/// The session whose port was open when a connection was lost; null when there
/// was none.
const PortSession* open_session(const std::vector<PortSession>& sessions, const Loss& loss) {
  const PortSession* session = session_at(sessions, loss.time);
  const bool opened =
      session != nullptr && !session->opened.empty() && session->opened.front()->time <= loss.time;
  return opened ? session : nullptr;
}

/// What is wrong with the end of a session, or can't be known; nothing when its
/// port closed.
std::optional<Finding> judge_loss(const Evidence& evidence, const Loss& loss,
                                  const PortSession& session, FindingBuilder& finding) {
  if (loss.frame != 0) {
    finding.frame(loss.frame, loss.time);
  }
  if (loss.event != nullptr) {
    finding.event(*loss.event);
  }
  const auto closed = closed_after_opening(session, loss.time);
  if (closed && *closed <= loss.time + kFollows) {
    return std::nullopt;
  }
  if (!closed && (trace_end(evidence) < loss.time + kFollows || !tells_leaving(evidence))) {
    return finding.inconclusive(fmt::format(
        "the kernel trace does not tell what became of the port within 1 s: {}", loss.text));
  }
  if (!loss.noticed) {
    return finding.inconclusive(fmt::format(
        "the port stayed open, but that the station received the frame is not shown: {}",
        loss.text));
  }
  return finding.at(loss.time).fail(
      closed ? fmt::format("the station's port closed only {} ms later: {}",
                           to_ms_text(*closed - loss.time), loss.text)
             : fmt::format("the station's port was still open 1 s later: {}", loss.text));
}

Finding judge_closes(const Evidence& evidence) {
  FindingBuilder finding("port.closes-on-loss", evidence);
  finding.expect("the port is closed within 1 s of losing the connection").tolerance("1 s");
  if (const auto why = missing(evidence, evidence_file::kAir)) {
    return finding.inconclusive(*why);
  }
  const auto all = losses(evidence);
  if (all.empty()) {
    return finding.not_applicable("no connection was lost");
  }
  if (const auto why = trace_unusable(evidence)) {
    return finding.inconclusive(*why);
  }
  const auto sessions = port_sessions(evidence, Side::station);
  std::size_t judged = 0;
  std::optional<Finding> worst;
  for (const Loss& loss : all) {
    if (const PortSession* session = open_session(sessions, loss)) {
      ++judged;
      if (auto found = judge_loss(evidence, loss, *session, finding)) {
        keep_worst(worst, std::move(*found));
      }
    }
  }
  if (worst) {
    return *worst;
  }
  return judged == 0 ? finding.not_applicable("the port was not open when the connection was lost")
                     : finding.pass(fmt::format("the port closed with each of {}",
                                                count_of(judged, "lost connection")));
}

}  // namespace

Check port_closes_on_loss() {
  return {
      "port.closes-on-loss",
      "When the connection is lost (deauthentication, disassociation, interface down) the "
      "station's port closes within a second.",
      "A port that stays open sends on under a key that nobody else holds any more, or in clear, "
      "and the user's programs believe that they are online.",
      "IEEE 802.11-2020, 11.3.5.9; mac80211 station states 4 and 3",
      "air capture: how the association ended; kernel trace: drv_sta_state, or rdev_change_station",
      "no kernel trace, it ends less than 1 s after the loss, or the station may not have received "
      "the frame",
      "a disassociate step; hostapd DEAUTHENTICATE; an access point that ends",
      {"gate.clock-aligned"},
      judge_closes,
      true};
}

}  // namespace postassoc::checks
