#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/air_view.h"
#include "harness/checks/capture_marks.h"
#include "harness/checks/exclusion_grid.h"
#include "harness/checks/finding.h"
#include "harness/checks/registry.h"

namespace postassoc::checks {
namespace {

std::string name_of(const GridCell& cell) {
  return fmt::format("{} {} {}", to_string(cell.payload), to_string(cell.shape),
                     to_string(cell.protection));
}

/// Names of the first few, and how many more.
std::string names_of(const std::vector<const GridCell*>& cells) {
  constexpr std::size_t kMost = 4;
  std::string names;
  for (std::size_t i = 0; i < std::min(cells.size(), kMost); ++i) {
    names += (i == 0 ? "" : ", ") + name_of(*cells[i]);
  }
  return cells.size() > kMost ? fmt::format("{} and {} more", names, cells.size() - kMost) : names;
}

std::vector<const GridCell*> cells_of(const ExclusionGrid& grid, CellOutcome outcome) {
  std::vector<const GridCell*> found;
  for (const GridCell& cell : grid.cells) {
    if (cell.outcome == outcome && !cell.may_be_delivered) {
      found.push_back(&cell);
    }
  }
  return found;
}

/// Cells from which something came through.
std::optional<Finding> broken(const std::vector<ExclusionGrid>& grids, FindingBuilder& finding) {
  for (const ExclusionGrid& grid : grids) {
    const auto cells = cells_of(grid, CellOutcome::broken);
    if (cells.empty()) {
      continue;
    }
    for (const GridCell* cell : cells) {
      if (cell->frame) {
        finding.frame(*cell->frame, cell->time);
      }
    }
    const GridCell& first = *cells.front();
    return finding.pointer(grid.pointer)
        .fail(fmt::format("in phase {} the station delivered {} of {} frames {} to its stack; "
                          "{} in all: {}",
                          grid.phase, first.delivered, first.injected, name_of(first),
                          count_of(cells.size(), "cell"), names_of(cells)));
  }
  return std::nullopt;
}

std::optional<std::string> unproved(const ExclusionGrid& grid) {
  if (!grid.not_in_phase.empty()) {
    return fmt::format("phase {} is not what the station was in: {}", grid.phase,
                       grid.not_in_phase);
  }
  const auto cells = cells_of(grid, CellOutcome::unproved);
  if (cells.empty()) {
    return std::nullopt;
  }
  return fmt::format("in phase {} nothing is proved of {} ({}): {}", grid.phase,
                     count_of(cells.size(), "cell"), names_of(cells), cells.front()->why);
}

Finding proved(const std::vector<ExclusionGrid>& grids, FindingBuilder& finding) {
  std::size_t cells = 0;
  std::size_t frames = 0;
  double bound = 0;
  for (const ExclusionGrid& grid : grids) {
    for (const GridCell* cell : cells_of(grid, CellOutcome::held)) {
      ++cells;
      frames += cell->reached();
      bound = std::max(bound, cell->bound.value_or(1));
    }
  }
  if (cells == 0) {
    return finding.inconclusive(
        "no cell is there that must not come through and of which something is proved");
  }
  return finding.pass(
      fmt::format("of {} in {} of {} that reached the station none was delivered, which puts each "
                  "cell under {:.1f} % at 95 %, while those came through that have to",
                  count_of(frames, "frame"), count_of(cells, "cell"),
                  count_of(grids.size(), "grid"), bound * 100));
}

Finding judge_grid(const Evidence& evidence) {
  FindingBuilder finding("excl.grid", evidence);
  finding
      .expect(
          "no frame in clear or under a wrong key reaches the station's stack, but where the "
          "profile lets it")
      .tolerance("none: one delivered frame is a fail");
  const auto& steps = evidence.plan.scenario.steps;
  if (std::none_of(steps.begin(), steps.end(), [](const Step& step) {
        return std::holds_alternative<step::ProveExclusion>(step.action);
      })) {
    return finding.not_applicable("no step proves exclusion");
  }
  for (const std::string_view file : {evidence_file::kAir, evidence_file::kTimeline}) {
    if (const auto why = missing(evidence, file)) {
      return finding.inconclusive(*why);
    }
  }
  const auto grids = exclusion_grids(evidence);
  if (auto fault = broken(grids, finding)) {
    return std::move(*fault);
  }
  if (const auto why = netdev_incomplete(evidence, evidence_file::kStationNetdev)) {
    return finding.inconclusive(*why);
  }
  for (const ExclusionGrid& grid : grids) {
    if (const auto why = unproved(grid)) {
      return finding.pointer(grid.pointer).inconclusive(*why);
    }
  }
  return proved(grids, finding);
}

}  // namespace

Check excl_grid() {
  return {"excl.grid",
          "In every phase, of every kind of payload in every shape, no frame in clear or under a "
          "wrong key reaches the station's stack, but where the declared profile lets it.",
          "Exclusion has many doors: one EtherType, one group address or one fragment that was "
          "forgotten is enough.",
          "OID_DOT11_EXCLUDE_UNENCRYPTED; CVE-2020-26139 to 26147; mac80211 rx.c, "
          "ieee80211_frame_allowed",
          "air capture: the injected frames and their acknowledgements; capture on the station's "
          "interface; kernel trace: the port, cfg80211_rx_control_port",
          "of a cell fewer than 3 frames reached the station, nothing that went the same way was "
          "delivered, or the station was not in the phase that the step names",
          "a prove_exclusion step",
          {"gate.clock-aligned", "gate.capture-complete", "gate.injector-works"},
          judge_grid,
          true};
}

}  // namespace postassoc::checks
