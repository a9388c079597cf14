#include "harness/checks/kernel_events.h"

#include <fmt/format.h>

#include <algorithm>

namespace postassoc::checks {
namespace {

// States of mac80211's enum ieee80211_sta_state.
constexpr std::int64_t kAssociated = 3;
constexpr std::int64_t kAuthorized = 4;
// NL80211_STA_FLAG_AUTHORIZED is flag 1 of mask and set.
constexpr std::int64_t kAuthorizedFlag = 1 << 1;

PortSession& current(std::vector<PortSession>& sessions) {
  if (sessions.empty()) {
    sessions.emplace_back();
  }
  return sessions.back();
}

void follow_state(const Event& event, std::vector<PortSession>& sessions) {
  const std::int64_t from = number(event, "old_state").value_or(-1);
  const std::int64_t to = number(event, "new_state").value_or(-1);
  if (to == kAssociated && from < kAssociated) {
    sessions.emplace_back().associated = &event;
  } else if (to == kAuthorized) {
    current(sessions).opened.push_back(&event);
  } else if (from == kAuthorized) {
    current(sessions).closed.push_back(&event);
  } else if (from == kAssociated && to < kAssociated) {
    current(sessions).left = &event;
  }
}

void follow_change(const Event& event, std::vector<PortSession>& sessions) {
  if (event.name == "cfg80211_send_rx_assoc") {
    sessions.emplace_back().associated = &event;
    return;
  }
  if (event.name != "rdev_change_station" ||
      (number(event, "mask").value_or(0) & kAuthorizedFlag) == 0) {
    return;
  }
  const bool open = (number(event, "set").value_or(0) & kAuthorizedFlag) != 0;
  PortSession& session = current(sessions);
  (open ? session.opened : session.closed).push_back(&event);
}

}  // namespace

EventPredicate named(Witness witness, std::string_view name) {
  return [witness, name = std::string(name)](const Event& e) {
    return e.witness == witness && e.name == name;
  };
}

EventPredicate named(Witness witness, Side side, std::string_view name) {
  return [witness, side, name = std::string(name)](const Event& e) {
    return e.witness == witness && e.side == side && e.name == name;
  };
}

std::optional<std::string> trace_unusable(const Evidence& evidence) {
  const Event* lost = evidence.timeline.first(
      [](const Event& e) { return e.name == "trace_lost" || e.name == "trace_failed"; });
  if (lost != nullptr) {
    return fmt::format("the kernel trace {} (timeline line {})",
                       lost->name == "trace_lost" ? "lost events" : "broke off",
                       evidence.timeline.line(*lost));
  }
  const Event* seen = evidence.timeline.first(
      [](const Event& e) { return e.witness == Witness::kernel && e.side == Side::station; });
  if (seen == nullptr) {
    return "the timeline has no kernel event of the station: the rig has no key trace, or it did "
           "not run";
  }
  if (!evidence.finished()) {
    return "the recording broke off, and the kernel trace may lack its last events";
  }
  return std::nullopt;
}

bool key_trace_alive(const Evidence& evidence) {
  const auto seen = [&](const EventPredicate& predicate) {
    return evidence.timeline.first(predicate) != nullptr;
  };
  const bool answered = seen(named(Witness::kernel, Side::station, "key_link"));
  const bool asked = seen(named(Witness::kernel, Side::station, "rdev_add_key"));
  return seen(named(Witness::kernel, "rdev_add_key")) && (asked || !answered);
}

std::optional<std::string> key_trace_unusable(const Evidence& evidence) {
  if (auto why = trace_unusable(evidence)) {
    return why;
  }
  if (!key_trace_alive(evidence)) {
    return "the trace holds no key event at all";
  }
  return std::nullopt;
}

std::vector<KeyInstall> key_installs(const Evidence& evidence, Side side, Timestamp from,
                                     Timestamp until) {
  std::vector<KeyInstall> installs;
  for (const Event& event : evidence.timeline.events()) {
    if (event.witness != Witness::kernel || event.side != side) {
      continue;
    }
    if (event.name == "rdev_add_key") {
      installs.push_back({&event, nullptr, flag(event, "pairwise").value_or(false),
                          static_cast<int>(number(event, "key_index").value_or(-1)), 0});
    } else if (event.name == "key_link" && !installs.empty() && installs.back().answer == nullptr) {
      installs.back().answer = &event;
      installs.back().result = number(event, "return").value_or(0);
    }
  }
  std::erase_if(installs, [&](const KeyInstall& i) { return i.time() < from || i.time() > until; });
  return installs;
}

std::vector<KeyInstall> pairwise_installed(const Evidence& evidence, Timestamp from,
                                           Timestamp until) {
  auto installs = key_installs(evidence, Side::station, from, until);
  std::erase_if(installs, [](const KeyInstall& i) { return !i.pairwise || !i.effective(); });
  return installs;
}

std::vector<PortSession> port_sessions(const Evidence& evidence, Side side) {
  const bool has_states =
      evidence.timeline.first(named(Witness::kernel, side, "drv_sta_state")) != nullptr;
  std::vector<PortSession> sessions;
  for (const Event& event : evidence.timeline.events()) {
    if (event.witness != Witness::kernel || event.side != side) {
      continue;
    }
    if (!has_states) {
      follow_change(event, sessions);
    } else if (event.name == "drv_sta_state") {
      follow_state(event, sessions);
    }
  }
  return sessions;
}

std::vector<const Event*> port_openings(const Evidence& evidence, Side side) {
  std::vector<const Event*> openings;
  for (const PortSession& session : port_sessions(evidence, side)) {
    openings.insert(openings.end(), session.opened.begin(), session.opened.end());
  }
  return openings;
}

}  // namespace postassoc::checks
