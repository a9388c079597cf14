#include "harness/run/medium_chance.h"

namespace postassoc {
namespace {

constexpr std::size_t kMostSequences = 512;
constexpr int kAllFrames = -1;

/// FNV-1a, 64 bits, over the octets of a value.
void mix(std::uint64_t& hash, std::uint64_t value) {
  constexpr std::uint64_t kPrime = 0x100000001b3;
  for (int i = 0; i < 8; ++i) {
    hash = (hash ^ (value >> (8 * i) & 0xffU)) * kPrime;
  }
}

std::uint64_t number_of(const MacAddress& address) {
  std::uint64_t number = 0;
  for (const std::uint8_t octet : address.octets) {
    number = number << 8 | octet;
  }
  return number;
}

}  // namespace

MediumChance::State& MediumChance::state(const Link& link) {
  // Beyond this many (a flood of addresses) all share one sequence.
  const bool room = states_.size() < kMostSequences || states_.contains(link);
  const Link key = room ? link : Link{};
  const auto found = states_.find(key);
  if (found != states_.end()) {
    return found->second;
  }
  std::uint64_t seed = 0xcbf29ce484222325;
  mix(seed, seed_);
  mix(seed, std::get<0>(key));
  mix(seed, number_of(std::get<1>(key)));
  mix(seed, number_of(std::get<2>(key)));
  mix(seed, static_cast<std::uint64_t>(std::get<3>(key)));
  return states_.emplace(key, State{std::mt19937_64(seed)}).first->second;
}

/// The generator's upper 53 bits as a fraction of 1.
bool MediumChance::draw(State& state, double probability) {
  constexpr double kScale = 1.0 / 9007199254740992.0;
  return static_cast<double>(state.random() >> 11) * kScale < probability;
}

bool MediumChance::happens(double probability, std::size_t rule, const MacAddress& from,
                           const MacAddress& to, medium::FrameWord frame) {
  return draw(state({rule, from, to, static_cast<int>(frame)}), probability);
}

bool MediumChance::burst_loses(const medium::Burst& burst, double outside, std::size_t rule,
                               const MacAddress& from, const MacAddress& to) {
  State& link = state({rule, from, to, kAllFrames});
  if (draw(link, link.in_burst ? burst.ends : burst.begins)) {
    link.in_burst = !link.in_burst;
  }
  return draw(link, link.in_burst ? burst.loses : outside);
}

}  // namespace postassoc
