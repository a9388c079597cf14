#include "harness/checks/exclusion_grid.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "harness/checks/air_view.h"
#include "harness/checks/excl_controls.h"
#include "harness/checks/kernel_events.h"
#include "harness/checks/provocations.h"
#include "harness/json_reader.h"
#include "harness/scenario_words.h"

namespace postassoc::checks {
namespace {

/// How many frames of a cell have to reach the station.
constexpr std::size_t kEnough = 3;

/// mac80211 hands these to the supplicant by the control port and not to the interface.
bool goes_by_control_port(GridPayload payload) {
  return payload == GridPayload::eapol || payload == GridPayload::preauth;
}

std::size_t index_of(GridPayload payload, GridShape shape, GridProtection protection) {
  return (static_cast<std::size_t>(payload) * kGridShapes.size() +
          static_cast<std::size_t>(shape)) *
             kGridProtections.size() +
         static_cast<std::size_t>(protection);
}

std::vector<GridCell> empty_cells() {
  std::vector<GridCell> cells;
  for (const GridPayload payload : kGridPayloads) {
    for (const GridShape shape : kGridShapes) {
      for (const GridProtection protection : kGridProtections) {
        GridCell cell;
        cell.payload = payload;
        cell.shape = shape;
        cell.protection = protection;
        cells.push_back(cell);
      }
    }
  }
  return cells;
}

// --- what became of each frame
// --------------------------------------------------------------------

/// What the station's stack took in.
struct Delivered {
  Tags tags;
  std::unordered_set<std::string> sources;
  std::vector<Timestamp> control_port;  ///< in order of time

  explicit Delivered(const Evidence& evidence) : tags(delivered_tags(evidence.station_netdev)) {
    for (const NetdevFrame& frame : evidence.station_netdev) {
      sources.insert(to_string(frame.sa));
    }
    const auto port = named(Witness::kernel, Side::station, "cfg80211_rx_control_port");
    for (const Event* event : evidence.timeline.all(port)) {
      control_port.push_back(event->time);
    }
  }
  /// Something came by the control port after the injection, and before the next one.
  bool by_control_port(Timestamp from, Timestamp until) const {
    const auto found = std::lower_bound(control_port.begin(), control_port.end(), from);
    return found != control_port.end() && *found < std::min(until, from + kDeliveryWindow);
  }
};

/// An injected frame and the cell it belongs to.
struct Sent {
  Injected frame;
  std::string pointer;
  std::size_t cell = 0;
  Timestamp next{};  ///< injection
};

std::vector<Sent> sent_frames(const Evidence& evidence) {
  std::vector<Sent> all;
  std::vector<Injected> injected = injections(evidence);
  for (std::size_t i = 0; i < injected.size(); ++i) {
    const Event& event = *injected[i].event;
    const auto payload = meaning_of<GridPayload>(kGridPayloadWords, text(event, "payload"));
    const auto shape = meaning_of<GridShape>(kGridShapeWords, text(event, "shape"));
    const auto protection =
        meaning_of<GridProtection>(kGridProtectionWords, text(event, "protection"));
    const std::string pointer = text(event, "proof");
    if (pointer.empty() || !payload || !shape || !protection) {
      continue;
    }
    const Timestamp next = i + 1 < injected.size() ? injected[i + 1].time() : Timestamp::max();
    all.push_back({std::move(injected[i]), pointer, index_of(*payload, *shape, *protection), next});
  }
  return all;
}

void count(const Sent& sent, const Delivered& delivered, GridCell& cell) {
  ++cell.injected;
  if (sent.frame.on_air != nullptr &&
      sent.frame.on_air->protected_frame == (cell.protection != GridProtection::plain)) {
    ++cell.on_air;
    cell.acknowledged += sent.frame.on_air->acknowledged ? 1U : 0U;
  }
  const std::string source = text(*sent.frame.event, "source");
  const bool arrived = delivered.tags.contains(sent.frame.tag) ||
                       (!source.empty() && delivered.sources.contains(source)) ||
                       (goes_by_control_port(cell.payload) &&
                        delivered.by_control_port(sent.frame.time(), sent.next));
  if (arrived) {
    ++cell.delivered;
    if (!cell.frame && sent.frame.on_air != nullptr) {
      cell.frame = sent.frame.on_air->frame;
      cell.time = sent.frame.on_air->time;
    }
  }
}

// --- what it means
// --------------------------------------------------------------------------------

/// Whether the port is closed because no key is there yet.
bool before_keys(const ExclusionGrid& grid) {
  return grid.phase == "associated" || grid.phase == "handshake";
}

/// Whether the profile leaves it to the station to take such a frame in.
bool may_deliver(const ExclusionGrid& grid, const GridCell& cell, Profile profile) {
  if (cell.protection != GridProtection::plain || grid.phase == "disconnected") {
    return false;
  }
  const bool windows = profile != Profile::linux_;
  if (cell.payload == GridPayload::eapol) {
    return before_keys(grid) || !windows;
  }
  if (cell.payload == GridPayload::ethertype && windows) {
    return true;  // on the exemption list
  }
  if (before_keys(grid)) {
    return windows;  // exclusion may be set with the keys only
  }
  return is_group(cell.shape) && (profile == Profile::native || profile == Profile::wdi);
}

/// A frame that went the same way and was delivered: under the right key, else, without one, EAPOL
/// in clear. The sentence says which; empty when there is none.
std::string control_of(const ExclusionGrid& grid, const GridCell& cell) {
  const auto& same = grid.cell(cell.payload, cell.shape, GridProtection::right_key);
  if (same.delivered > 0) {
    return fmt::format("under the right key {} of {} were delivered", same.delivered,
                       same.injected);
  }
  for (const GridPayload payload : kGridPayloads) {
    const auto& other = grid.cell(payload, cell.shape, GridProtection::right_key);
    if (other.delivered > 0) {
      return fmt::format("the station takes no such frame; {} under the right key it took",
                         to_string(payload));
    }
  }
  for (const GridShape shape : {cell.shape, GridShape::unicast}) {
    const auto& eapol = grid.cell(GridPayload::eapol, shape, GridProtection::plain);
    if (same.injected == 0 && eapol.delivered > 0) {
      return fmt::format("EAPOL in clear was delivered ({})", to_string(shape));
    }
  }
  return {};
}

void settle(const ExclusionGrid& grid, Profile profile, GridCell& cell) {
  if (cell.injected == 0) {
    cell.outcome = CellOutcome::not_sent;
    cell.why = "there is no key";
    return;
  }
  if (cell.reached() > 0) {
    cell.bound = upper_bound_95(std::min(cell.delivered, cell.reached()), cell.reached());
  }
  if (cell.protection == GridProtection::right_key) {
    cell.outcome = cell.delivered > 0 ? CellOutcome::accepted : CellOutcome::refused;
    return;
  }
  const bool allowed = may_deliver(grid, cell, profile);
  cell.may_be_delivered = allowed;
  if (cell.delivered > 0) {
    cell.outcome = allowed ? CellOutcome::allowed : CellOutcome::broken;
    cell.why = allowed ? fmt::format("profile {} allows it", to_string(profile)) : "";
    return;
  }
  const std::string control = control_of(grid, cell);
  const bool enough = cell.reached() >= kEnough;
  cell.outcome = enough && !control.empty() ? CellOutcome::held : CellOutcome::unproved;
  cell.why = !enough
                 ? fmt::format("only {} of {} reached the station", cell.reached(), cell.injected)
             : control.empty() ? "nothing that went the same way was delivered"
                               : control;
}

// --- whether the station stood where the scenario says
// --------------------------------------------

/// A message 1 that the station answered, with no message 3 of that handshake on the air by then.
bool in_handshake(const Evidence& evidence, Timestamp time) {
  for (const Association& association : evidence.air.associations) {
    const AirEapol* last = nullptr;
    for (const AirEapol& frame : association.eapol) {
      const bool counts = frame.message == KeyMessage::m2 || frame.message == KeyMessage::m3 ||
                          frame.message == KeyMessage::m4;
      last = counts && frame.time <= time ? &frame : last;
    }
    const bool over = association.end_time && *association.end_time < time;
    if (!over && last != nullptr && last->message == KeyMessage::m2) {
      return true;
    }
  }
  return false;
}

std::string phase_fault(const Evidence& evidence, const std::string& phase, Timestamp from,
                        Timestamp until) {
  if (const auto why = trace_unusable(evidence)) {
    return *why;
  }
  const auto open = open_port_at(evidence, from);
  const auto closed = closed_port_at(evidence, from);
  if (phase == "disconnected") {
    return open || closed ? "the station was associated" : "";
  }
  const bool wants_open = phase == "keys_installed" || phase == "rekey";
  const auto& span = wants_open ? open : closed;
  if (!span || !span->contains(until)) {
    return wants_open ? "the station's port was not open all the time"
                      : "the station was not associated with its port closed all the time";
  }
  const bool wants_handshake = phase == "handshake" || phase == "rekey";
  if (wants_handshake && !(in_handshake(evidence, from) && in_handshake(evidence, until))) {
    return "the station did not wait for message 3 all the time";
  }
  return "";
}

}  // namespace

std::string_view to_string(CellOutcome outcome) {
  switch (outcome) {
    case CellOutcome::not_sent:
      return "not_sent";
    case CellOutcome::held:
      return "held";
    case CellOutcome::broken:
      return "broken";
    case CellOutcome::allowed:
      return "allowed";
    case CellOutcome::accepted:
      return "accepted";
    case CellOutcome::refused:
      return "refused";
    case CellOutcome::unproved:
      return "unproved";
  }
  return "?";
}

std::size_t GridCell::reached() const {
  return is_group(shape) ? on_air : acknowledged;
}

const GridCell& ExclusionGrid::cell(GridPayload payload, GridShape shape,
                                    GridProtection protection) const {
  return cells.at(index_of(payload, shape, protection));
}

std::vector<ExclusionGrid> exclusion_grids(const Evidence& evidence) {
  std::vector<ExclusionGrid> grids;
  const std::vector<Sent> all = sent_frames(evidence);
  const Delivered delivered(evidence);
  for (const Step& step : evidence.plan.scenario.steps) {
    const auto* prove = std::get_if<step::ProveExclusion>(&step.action);
    if (prove == nullptr) {
      continue;
    }
    ExclusionGrid grid;
    grid.pointer = step.pointer;
    grid.ethertype = prove->ethertype;
    grid.phase = word_for<step::ProofPhase>(scenario_words::kPhase, prove->phase);
    grid.cells = empty_cells();
    Timestamp from = Timestamp::max();
    Timestamp until = Timestamp::min();
    for (const Sent& sent : all) {
      if (sent.pointer == step.pointer) {
        count(sent, delivered, grid.cells[sent.cell]);
        from = std::min(from, sent.frame.time());
        until = std::max(until, sent.frame.time());
      }
    }
    if (from > until) {
      grid.not_in_phase = "no frame was injected";
    } else {
      grid.not_in_phase = phase_fault(evidence, grid.phase, from, until);
    }
    for (GridCell& cell : grid.cells) {
      settle(grid, evidence.plan.scenario.profile, cell);
    }
    grid.deaf = grid.phase == "disconnected" &&
                std::all_of(grid.cells.begin(), grid.cells.end(), [](const GridCell& cell) {
                  return cell.acknowledged == 0 && cell.delivered == 0;
                });
    grids.push_back(std::move(grid));
  }
  return grids;
}

double upper_bound_95(std::size_t delivered, std::size_t sent) {
  constexpr double kMiss = 0.05;
  constexpr int kSteps = 60;
  if (sent == 0 || delivered >= sent) {
    return 1;
  }
  const auto n = static_cast<double>(sent);
  // The probability of `delivered` or fewer, which falls as p rises.
  const auto at_most = [&](double p) {
    double sum = 0;
    for (std::size_t k = 0; k <= delivered; ++k) {
      const auto i = static_cast<double>(k);
      sum += std::exp(std::lgamma(n + 1) - std::lgamma(i + 1) - std::lgamma(n - i + 1) +
                      i * std::log(p) + (n - i) * std::log1p(-p));
    }
    return sum;
  };
  double low = 0;
  double high = 1;
  for (int i = 0; i < kSteps; ++i) {
    const double middle = (low + high) / 2;
    (at_most(middle) > kMiss ? low : high) = middle;
  }
  return high;
}

}  // namespace postassoc::checks
