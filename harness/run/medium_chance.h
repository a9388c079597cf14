#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <tuple>

#include "harness/frames/mac_address.h"
#include "harness/medium_rules.h"

namespace postassoc {

/// The medium's dice. Every rule has, on each link and for each kind of frame, a sequence of its
/// own that follows from the seed alone: what happens beside it does not shift it. std::mt19937_64
/// is the same everywhere; the distributions of the standard library are not, so there are none
/// here.
class MediumChance {
 public:
  explicit MediumChance(std::uint64_t seed) : seed_(seed) {}

  /// True with this probability. `rule`: its place among rules and losses.
  bool happens(double probability, std::size_t rule, const MacAddress& from, const MacAddress& to,
               medium::FrameWord frame);
  /// Whether a frame of the link is lost. The bursts of a link are those of all its frames.
  bool burst_loses(const medium::Burst& burst, double outside, std::size_t rule,
                   const MacAddress& from, const MacAddress& to);

 private:
  using Link = std::tuple<std::size_t, MacAddress, MacAddress, int>;
  struct State {
    std::mt19937_64 random;
    bool in_burst = false;
  };
  State& state(const Link& link);
  static bool draw(State& state, double probability);

  std::uint64_t seed_;
  std::map<Link, State> states_;
};

}  // namespace postassoc
