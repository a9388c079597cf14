#include "harness/report/grid_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace postassoc::report {
namespace {

using checks::CellOutcome;
using checks::ExclusionGrid;
using checks::GridCell;

constexpr std::size_t kLabelWidth = 9;
constexpr std::size_t kCellWidth = 5;
constexpr std::size_t kShapeWidth = 3 * kCellWidth + 2;

std::string label_of(GridPayload payload, const ExclusionGrid& grid) {
  return payload == GridPayload::ethertype ? fmt::format("0x{:04x}", grid.ethertype)
                                           : std::string(to_string(payload));
}

char mark_of(CellOutcome outcome) {
  switch (outcome) {
    case CellOutcome::not_sent:
      return '-';
    case CellOutcome::held:
      return '.';
    case CellOutcome::broken:
      return '!';
    case CellOutcome::allowed:
      return 'o';
    case CellOutcome::accepted:
      return '+';
    case CellOutcome::refused:
      return 'x';
    case CellOutcome::unproved:
      return '?';
  }
  return '?';
}

Ink ink_of(CellOutcome outcome) {
  switch (outcome) {
    case CellOutcome::not_sent:
    case CellOutcome::refused:
      return Ink::dim;
    case CellOutcome::held:
      return Ink::green;
    case CellOutcome::broken:
      return Ink::red;
    case CellOutcome::allowed:
    case CellOutcome::accepted:
      return Ink::plain;
    case CellOutcome::unproved:
      return Ink::yellow;
  }
  return Ink::plain;
}

std::string cell_text(const GridCell& cell, const ConsoleStyle& style) {
  const std::string text = cell.outcome == CellOutcome::not_sent
                               ? "-"
                               : fmt::format("{}{}", cell.delivered, mark_of(cell.outcome));
  return paint(padded_left(text, kCellWidth), ink_of(cell.outcome), style);
}

std::string without_trailing_blanks(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

std::string head(const ConsoleStyle& style) {
  std::string shapes(kLabelWidth + 2, ' ');
  std::string protections = shapes;
  for (const auto shape : kGridShapes) {
    shapes += padded("  " + std::string(to_string(shape)), kShapeWidth);
    for (const std::string_view protection : {"clr", "bad", "key"}) {
      protections += padded_left(protection, kCellWidth);
    }
    protections += "  ";
  }
  return paint(without_trailing_blanks(shapes), Ink::dim, style) + "\n" +
         paint(without_trailing_blanks(protections), Ink::dim, style) + "\n";
}

/// The weakest bound of the cells that held.
double bound_of(const ExclusionGrid& grid) {
  double bound = 0;
  for (const GridCell& cell : grid.cells) {
    if (cell.outcome == CellOutcome::held) {
      bound = std::max(bound, cell.bound.value_or(1));
    }
  }
  return bound;
}

std::string render_grid(const ExclusionGrid& grid, const ConsoleStyle& style) {
  std::size_t most = 0;
  for (const GridCell& cell : grid.cells) {
    most = std::max(most, cell.injected);
  }
  std::string out = fmt::format("  {} ({}): delivered of {} frames a cell", grid.phase,
                                printable(grid.pointer, style.charset), most);
  if (const double bound = bound_of(grid); bound > 0) {
    out += fmt::format("; where none was: under {:.1f} % at 95 %", bound * 100);
  }
  out += "\n";
  if (!grid.not_in_phase.empty()) {
    out += "  " + paint(printable(grid.not_in_phase, style.charset), Ink::yellow, style) + "\n";
  }
  out += head(style);
  for (const GridPayload payload : kGridPayloads) {
    std::string line = "  " + padded(label_of(payload, grid), kLabelWidth);
    for (const auto shape : kGridShapes) {
      for (const auto protection : kGridProtections) {
        line += cell_text(grid.cell(payload, shape, protection), style);
      }
      line += "  ";
    }
    out += without_trailing_blanks(line) + "\n";
  }
  return out;
}

}  // namespace

std::string render_grids(const ScenarioReport& scenario, const ConsoleStyle& style) {
  if (scenario.grids.empty()) {
    return {};
  }
  std::string out = "\n" + paint("Exclusion of unencrypted frames", Ink::bold, style) + "\n";
  for (const ExclusionGrid& grid : scenario.grids) {
    out += render_grid(grid, style);
  }
  constexpr std::string_view kLegend[] = {
      "  clr in clear, bad under a wrong key, key under the right key (the control)",
      "  . held   ! came through   o came through, the profile lets it   + the control came "
      "through",
      "  x taken under no key   ? not proved   - not sent: there was no key"};
  for (const std::string_view line : kLegend) {
    out += paint(line, Ink::dim, style) + "\n";
  }
  return out;
}

}  // namespace postassoc::report
