#include "harness/checks/connection.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/air_view.h"
#include "harness/checks/diagnosis.h"

namespace postassoc::checks {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

/// A loss is told by air and supplicant within this time.
constexpr nanoseconds kOneLoss = seconds(1);
/// How long before a loss the step that asked for it may have begun.
constexpr nanoseconds kAskedWithin = seconds(5);

const AirManagement* management_frame(const Association& association, std::uint64_t frame) {
  for (const AirManagement& one : association.management) {
    if (one.frame == frame) {
      return &one;
    }
  }
  return nullptr;
}

Loss loss_of(const Association& association) {
  Loss loss;
  loss.association = &association;
  loss.time = *association.end_time;
  loss.frame = *association.end_frame;
  loss.by_access_point = association.ended_by == Direction::from_access_point;
  const AirManagement* frame = management_frame(association, loss.frame);
  loss.noticed =
      !loss.by_access_point || (frame != nullptr && (frame->acknowledged || frame->group));
  if (!association.end_reason) {
    loss.text = fmt::format("the station associated anew (frame {})", loss.frame);
    return loss;
  }
  loss.text = fmt::format(
      "{} (frame {}, reason {})",
      loss.by_access_point ? "the access point sent the station away" : "the station left",
      loss.frame, reason_text(*association.end_reason));
  return loss;
}

/// The interfaces that the station's kernel events speak of.
bool is_stations_interface(const Evidence& evidence, const std::string& interface) {
  return !interface.empty() && evidence.timeline.first([&](const Event& e) {
    return e.witness == Witness::kernel && e.side == Side::station &&
           text(e, "interface") == interface;
  }) != nullptr;
}

std::optional<Loss> loss_of(const Evidence& evidence, const Event& event) {
  Loss loss;
  loss.time = event.time;
  loss.event = &event;
  loss.noticed = true;
  if (event.witness == Witness::supplicant && event.name == "CTRL-EVENT-DISCONNECTED") {
    loss.text = fmt::format("the supplicant reported the connection lost (timeline line {})",
                            evidence.timeline.line(event));
    return loss;
  }
  if (matches(AwaitedEvent::disconnected, event)) {
    loss.text = fmt::format("the module's host was told of a disassociation (timeline line {})",
                            evidence.timeline.line(event));
    return loss;
  }
  if (is_removal(event) && is_stations_interface(evidence, text(event, "interface"))) {
    loss.text = fmt::format("the station's interface {} went away (timeline line {})",
                            text(event, "interface"), evidence.timeline.line(event));
    return loss;
  }
  return std::nullopt;
}

bool is_step(const Event& e, std::string_view name) {
  return e.witness == Witness::harness && e.name == name;
}

/// Steps after which an association may end.
bool may_end(const Evidence& evidence, const Event& begun) {
  const std::string word = text(begun, "step");
  if (word == "associate" || word == "disassociate" || word == "roam" ||
      word == "station_interface" || word == "module") {
    return true;
  }
  for (const Step& step : evidence.plan.scenario.steps) {
    const auto* command = std::get_if<step::AccessPointCommand>(&step.action);
    if (command != nullptr && step.pointer == text(begun, "pointer")) {
      const std::string& sent = command->command;
      return sent.starts_with("DEAUTH") || sent.starts_with("DISASSOC") ||
             sent.starts_with("TERMINATE") || sent.starts_with("DISABLE") ||
             sent.starts_with("STOP_AP");
    }
  }
  return false;
}

}  // namespace

bool is_removal(const Event& event) {
  return event.name == "interface_gone" ||
         (event.name == "station_interface" && !event.detail.value("up", true));
}

std::vector<Loss> losses(const Evidence& evidence) {
  std::vector<Loss> found;
  for (const Association& association : evidence.air.associations) {
    if (association.end_frame && association.end_time) {
      found.push_back(loss_of(association));
    }
  }
  const std::size_t on_air = found.size();
  for (const Event& event : evidence.timeline.events()) {
    auto loss = loss_of(evidence, event);
    if (!loss) {
      continue;
    }
    const auto same = std::find_if(
        found.begin(), found.begin() + static_cast<std::ptrdiff_t>(on_air), [&](const Loss& seen) {
          return seen.time < loss->time + kOneLoss && loss->time < seen.time + kOneLoss;
        });
    if (same != found.begin() + static_cast<std::ptrdiff_t>(on_air)) {
      same->noticed = true;
      same->event = same->event != nullptr ? same->event : loss->event;
    } else {
      found.push_back(std::move(*loss));
    }
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Loss& a, const Loss& b) { return a.time < b.time; });
  return found;
}

bool asked_for(const Evidence& evidence, const Loss& loss) {
  const Event* begins =
      evidence.timeline.first([](const Event& e) { return is_step(e, "step_started"); });
  const Event* last = evidence.timeline.last([](const Event& e) {
    return is_step(e, "step_finished") || is_step(e, "step_failed") || is_step(e, "step_started");
  });
  if (begins == nullptr || last->time <= loss.time) {
    return true;
  }
  const auto begun = evidence.timeline.between(
      loss.time - kAskedWithin, loss.time + evidence.clock_uncertainty() + kAirStampUncertainty,
      [&](const Event& e) { return is_step(e, "step_started") && may_end(evidence, e); });
  std::optional<Timestamp> since;
  if (loss.association != nullptr) {
    since = loss.association->response_time ? loss.association->response_time
                                            : loss.association->request_time;
  }
  return std::any_of(begun.begin(), begun.end(),
                     [&](const Event* e) { return !since || e->time > *since; });
}

std::optional<Loss> ended_unasked(const Evidence& evidence, const Association& association,
                                  Timestamp until) {
  if (!association.end_time || !association.end_frame || *association.end_time > until) {
    return std::nullopt;
  }
  for (Loss& loss : losses(evidence)) {
    if (loss.association == &association && !asked_for(evidence, loss)) {
      return std::move(loss);
    }
  }
  return std::nullopt;
}

bool open_at(const PortSession& session, Timestamp time) {
  bool open = false;
  Timestamp latest = Timestamp::min();
  const auto follow = [&](const std::vector<const Event*>& events, bool to) {
    for (const Event* event : events) {
      if (event->time <= time && event->time >= latest) {
        latest = event->time;
        open = to;
      }
    }
  };
  follow(session.opened, true);
  follow(session.closed, false);
  return open && !(session.left != nullptr && session.left->time <= time);
}

const PortSession* session_at(const std::vector<PortSession>& sessions, Timestamp time) {
  const PortSession* found = nullptr;
  for (const PortSession& session : sessions) {
    const Event* begun = session.associated != nullptr ? session.associated
                         : session.opened.empty()      ? nullptr
                                                       : session.opened.front();
    if (begun != nullptr && begun->time <= time) {
      found = &session;
    }
  }
  return found;
}

std::optional<Timestamp> closed_after_opening(const PortSession& session, Timestamp time) {
  Timestamp opened = Timestamp::min();
  for (const Event* event : session.opened) {
    opened = event->time <= time ? event->time : opened;
  }
  for (const Event* event : session.closed) {
    if (event->time >= opened) {
      return event->time;
    }
  }
  return session.left != nullptr ? std::optional(session.left->time) : std::nullopt;
}

bool tells_leaving(const Evidence& evidence) {
  return evidence.timeline.first(named(Witness::kernel, Side::station, "drv_sta_state")) != nullptr;
}

Timestamp trace_end(const Evidence& evidence) {
  const Event* finished = evidence.timeline.last(named(Witness::harness, "run_finished"));
  if (finished != nullptr) {
    return finished->time;
  }
  const Event* last = evidence.timeline.last(
      [](const Event& e) { return e.witness == Witness::kernel && e.side == Side::station; });
  return last != nullptr ? last->time : Timestamp::min();
}

const Association* association_at(const Evidence& evidence, Timestamp time) {
  const auto slack = evidence.clock_uncertainty() + kAirStampUncertainty;
  const Association* found = nullptr;
  for (const Association& association : evidence.air.associations) {
    const auto begun =
        association.request_time ? association.request_time : association.response_time;
    if (!begun || *begun - slack <= time) {
      found = &association;
    }
  }
  const bool over = found != nullptr && found->end_time && *found->end_time + slack < time;
  return over ? nullptr : found;
}

const Association* association_after(const Evidence& evidence, Timestamp time) {
  for (const Association& association : evidence.air.associations) {
    const auto begun =
        association.request_time ? association.request_time : association.response_time;
    if (begun && *begun > time) {
      return &association;
    }
  }
  return nullptr;
}

std::vector<const Event*> steps_begun(const Evidence& evidence, std::string_view word) {
  return evidence.timeline.all(
      [&](const Event& e) { return is_step(e, "step_started") && text(e, "step") == word; });
}

}  // namespace postassoc::checks
