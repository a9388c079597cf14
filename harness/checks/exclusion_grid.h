#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/evidence.h"
#include "harness/exclusion_cells.h"

/// What the steps `prove_exclusion` of a run showed: one grid a step, of every kind of payload in
/// every shape, in clear, under a wrong key and under the right one.
namespace postassoc::checks {

/// What became of a cell's frames.
enum class CellOutcome {
  not_sent,  ///< there was no key
  held,      ///< none was delivered, and one that has to be was, by the same path meanwhile
  broken,    ///< one was delivered that must not be
  allowed,   ///< some were delivered, which the profile allows
  accepted,  ///< the control: under the right key, and delivered
  refused,   ///< under the right key, and not delivered: the station takes no such frame
  unproved,  ///< none was delivered, and nothing shows that one could have been
};
std::string_view to_string(CellOutcome outcome);

struct GridCell {
  GridPayload payload{};
  GridShape shape{};
  GridProtection protection{};
  std::size_t injected = 0;
  std::size_t on_air = 0;        ///< as asked for
  std::size_t acknowledged = 0;  ///< by the station; of group frames nobody acknowledges any
  std::size_t delivered = 0;     ///< to the station's stack
  CellOutcome outcome = CellOutcome::not_sent;
  std::string why;  ///< what the outcome rests on: the control, or why there is none
  /// Of the frames that reached the station, at most this part is delivered: the upper bound of
  /// Clopper and Pearson, one-sided, at 95 %. Nothing where none reached it.
  std::optional<double> bound;
  bool may_be_delivered = false;  ///< the profile leaves it to the station
  /// Frame number and time on the air of the first one that was delivered.
  std::optional<std::uint64_t> frame;
  Timestamp time{};

  /// How many reached the station's MAC, as far as that can be told.
  std::size_t reached() const;
};

struct ExclusionGrid {
  std::string pointer;       ///< of the step
  std::string phase;         ///< as in the scenario: "keys_installed"
  std::string not_in_phase;  ///< why the evidence does not show the station there; empty: it does
  std::uint16_t ethertype = 0;
  std::vector<GridCell> cells;  ///< payload by payload, shape by shape; all of them
  /// The station was not associated and acknowledged nothing: its radio did not listen.
  bool deaf = false;

  const GridCell& cell(GridPayload payload, GridShape shape, GridProtection protection) const;
};

/// In the order of the steps.
std::vector<ExclusionGrid> exclusion_grids(const Evidence& evidence);

/// The probability below which `delivered` of `sent` puts the true one, at 95 %: 0 of 200 gives
/// 0.0149. One-sided, exact. 1 when nothing was sent.
double upper_bound_95(std::size_t delivered, std::size_t sent);

}  // namespace postassoc::checks
