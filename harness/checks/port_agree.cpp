#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/air_view.h"
#include "harness/checks/connection.h"
#include "harness/checks/datagrams.h"
#include "harness/checks/registry.h"

namespace postassoc::checks {
namespace {

/// A disagreement that lasts longer is stable.
constexpr std::chrono::nanoseconds kFollows = std::chrono::seconds(1);

/// When somebody said open or closed.
struct Change {
  Timestamp time{};
  bool open = false;
  const Event* event = nullptr;
};

struct Source {
  std::string_view name;
  std::vector<Change> changes;  ///< in order of time; closed before the first

  bool open_at(Timestamp time) const {
    bool open = false;
    for (const Change& change : changes) {
      open = change.time <= time ? change.open : open;
    }
    return open;
  }
};

Source kernel_source(const Evidence& evidence) {
  Source source{"its kernel", {}};
  for (const PortSession& session : port_sessions(evidence, Side::station)) {
    for (const Event* event : session.opened) {
      source.changes.push_back({event->time, true, event});
    }
    for (const Event* event : session.closed) {
      source.changes.push_back({event->time, false, event});
    }
    if (session.left != nullptr) {
      source.changes.push_back({session.left->time, false, session.left});
    }
  }
  std::stable_sort(source.changes.begin(), source.changes.end(),
                   [](const Change& a, const Change& b) { return a.time < b.time; });
  return source;
}

/// What drives the station: its supplicant, or the host of an IHV Extensions module.
bool is_of_driver(const Event& event) {
  return event.witness == Witness::supplicant || event.witness == Witness::ihv;
}

Source driver_source(const Evidence& evidence) {
  const bool by_module = !evidence.plan.scenario.station.module.empty();
  Source source{by_module ? "its module's host" : "its supplicant", {}};
  for (const Event& event : evidence.timeline.events()) {
    const bool opens = matches(AwaitedEvent::connected, event);
    const std::string state = event.name == "ihv_port" ? text(event, "state") : "";
    if (opens || matches(AwaitedEvent::disconnected, event) ||
        (event.witness == Witness::ihv && (state == "unauthorized" || state == "deleted"))) {
      source.changes.push_back({event.time, opens, &event});
    }
  }
  return source;
}

Source daemon_source(const Evidence& evidence, std::string_view name, Witness witness,
                     std::string_view opens, std::string_view closes) {
  Source source{name, {}};
  for (const Event& event : evidence.timeline.events()) {
    if (event.witness != witness) {
      continue;
    }
    if (event.name == opens || event.name == closes) {
      source.changes.push_back({event.time, event.name == opens, &event});
    }
  }
  return source;
}

struct Disagreement {
  Timestamp from{};
  Timestamp until{};
  bool first_open = false;
  const Event* begun = nullptr;
  const Event* ended = nullptr;  ///< null: it lasted to the end

  /// The source said something of its own at either end of it. Else it may just
  /// have lost words.
  bool told_by(const EventPredicate& source) const {
    return source(*begun) || (ended != nullptr && source(*ended));
  }
};

/// The first disagreement of two sources that lasts longer than a second.
std::optional<Disagreement> stable_disagreement(const Source& a, const Source& b, Timestamp end) {
  std::vector<Change> all = a.changes;
  all.insert(all.end(), b.changes.begin(), b.changes.end());
  std::stable_sort(all.begin(), all.end(),
                   [](const Change& x, const Change& y) { return x.time < y.time; });
  std::optional<Disagreement> current;
  for (const Change& change : all) {
    if (current && change.time - current->from > kFollows) {
      current->until = change.time;
      current->ended = change.event;
      return current;
    }
    const bool differ = a.open_at(change.time) != b.open_at(change.time);
    if (!differ) {
      current.reset();
    } else if (!current) {
      current = Disagreement{change.time, end, a.open_at(change.time), change.event, nullptr};
    }
  }
  return current && end - current->from > kFollows ? current : std::nullopt;
}

std::string disagreement_text(const Source& a, const Source& b, const Disagreement& found) {
  return fmt::format("for {} ms {} said that the port is {}, and {} that it is {}",
                     to_ms_text(found.until - found.from), a.name,
                     found.first_open ? "open" : "closed", b.name,
                     found.first_open ? "closed" : "open");
}

/// A datagram that the station took in during a disagreement: the port was open
/// in truth.
const NetdevFrame* data_during(const Evidence& evidence, const Disagreement& found) {
  for (const Datagram& one : datagrams(evidence)) {
    if (one.to_station && one.delivered != nullptr && one.delivered->time > found.from &&
        one.delivered->time < found.until) {
      return one.delivered;
    }
  }
  return nullptr;
}

bool told_of_station(const Evidence& evidence) {
  return !port_sessions(evidence, Side::station).empty() &&
         evidence.timeline.first(is_of_driver) != nullptr;
}

/// An opening of the station's port that the supplicant did not tell of within a second; null:
/// none.
const Event* untold_opening(const Evidence& evidence) {
  for (const Event* opened : port_openings(evidence, Side::station)) {
    if (evidence.timeline
            .between(opened->time - kFollows, opened->time + kFollows,
                     [](const Event& e) { return matches(AwaitedEvent::connected, e); })
            .empty()) {
      return opened;
    }
  }
  return nullptr;
}

/// Kernel of the station, and what drives it.
std::optional<Finding> judge_station(const Evidence& evidence, const Source& kernel,
                                     FindingBuilder& finding) {
  const Source driver = driver_source(evidence);
  const auto found = stable_disagreement(kernel, driver, trace_end(evidence));
  if (!found) {
    return std::nullopt;
  }
  finding.event(*found->begun).at(found->from);
  const std::string text = disagreement_text(kernel, driver, *found);
  if (!found->told_by(is_of_driver) || !tells_leaving(evidence)) {
    return finding.inconclusive("on the station, " + text +
                                ", but one of them may have lost an event");
  }
  const bool data = data_during(evidence, *found) != nullptr;
  return finding.fail("on the station, " + text + (data ? "; data was delivered meanwhile" : ""));
}

Finding judge_agree(const Evidence& evidence) {
  FindingBuilder finding("port.sources-agree", evidence);
  finding.expect("kernel, supplicant and access point tell the same state of the port")
      .tolerance("1 s");
  if (const auto why = trace_unusable(evidence)) {
    return finding.inconclusive(*why);
  }
  if (port_openings(evidence, Side::station).empty() && !told_of_station(evidence)) {
    return finding.not_applicable("the port never opened, and the supplicant said nothing");
  }
  if (!told_of_station(evidence)) {
    return finding.inconclusive("the timeline lacks the station's kernel or its supplicant");
  }
  if (const Event* opened = untold_opening(evidence)) {
    return finding.event(*opened).inconclusive(fmt::format(
        "the supplicant did not say that it is connected when the port opened (timeline line {})",
        evidence.timeline.line(*opened)));
  }
  const Source kernel = kernel_source(evidence);
  if (auto decided = judge_station(evidence, kernel, finding)) {
    return std::move(*decided);
  }
  for (const Change& change : kernel.changes) {
    finding.event(*change.event);
  }
  const Source access_point = daemon_source(evidence, "the access point", Witness::access_point,
                                            "AP-STA-CONNECTED", "AP-STA-DISCONNECTED");
  if (const auto found = stable_disagreement(kernel, access_point, trace_end(evidence))) {
    return finding.event(*found->begun)
        .inconclusive(fmt::format("{}: which of the ends is right is not shown",
                                  disagreement_text(kernel, access_point, *found)));
  }
  return finding.pass(
      fmt::format("kernel, supplicant and access point agree throughout ({} of the port)",
                  count_of(kernel.changes.size(), "change")));
}

}  // namespace

Check port_sources_agree() {
  return {"port.sources-agree",
          "Kernel, supplicant and access point tell the same state of the station's port.",
          "When they differ, the network icon says one thing and the packets another.",
          "hostap STATUS, suppPortStatus; mac80211 station state 4; AP-STA-CONNECTED",
          "kernel trace: drv_sta_state; the supplicant's and hostapd's control events",
          "no kernel trace, no event of the supplicant, or the two ends differ: that may be the "
          "access point's fault",
          "any scenario",
          {},
          judge_agree,
          true};
}

}  // namespace postassoc::checks
