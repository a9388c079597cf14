#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <variant>
#include <vector>

#include "harness/random_source.h"
#include "harness/rig_spec.h"
#include "harness/scenario.h"

namespace postassoc {

/// JSON readers keep every whole number up to here.
inline constexpr std::int64_t kLargestSeed = (std::int64_t{1} << 53) - 1;

/// A scenario resolved against a rig: everything that recording and judging need to know, but for
/// the secrets. Made without touching anything.
struct Plan {
  Scenario scenario;
  RigSpec rig;
  std::vector<std::string> checks;  ///< ids, in the catalogue's order, patterns expanded
  std::string slug;                 ///< folder name in the run directory
  std::string tag_nonce;            ///< 8 hex digits in every payload this run sends
  /// Of a run that is to be repeatable: all that the harness chooses by chance follows from it.
  std::optional<std::uint64_t> seed = {};
};

/// Why a scenario can't run on this rig.
struct Skip {
  std::string scenario;
  std::string reason;
};

/// `known_checks` in the catalogue's order. An Error only for what is wrong with the scenario
/// (a pattern that matches nothing).
Result<std::variant<Plan, Skip>> plan(const Scenario& scenario, const RigSpec& rig,
                                      const std::vector<std::string>& known_checks,
                                      const std::string& tag_nonce);

/// plan.json:
/// {"format":1,"name":..,"slug":..,"tag_nonce":..,"seed":..,"scenario":{..},"rig":{..},
/// "checks":[..]}; "seed" only where there is one
nlohmann::ordered_json to_json(const Plan& plan);
Result<Plan> plan_from_json(const nlohmann::json& document, const std::string& file);

/// What a run must know and nobody else: new for every run, kept in a file of its own that only
/// its owner can read.
struct Secrets {
  std::string passphrase;          ///< of the network; with EAP the station's password
  std::string station_passphrase;  ///< what the station is given
  Bytes pmk;                       ///< 32 bytes, PSK of the network; empty: it has none
  Bytes station_pmk;
  /// What could not be known beforehand (SAE, OWE, EAP): each PMK that the access point said it
  /// used with the station, oldest first; 32 bytes, or 48 with Suite B.
  std::vector<Bytes> pmks = {};
};
/// Random passphrases and the PMKs for this SSID.
Result<Secrets> make_secrets(const Scenario& scenario, RandomSource random = {});
/// 64 or 96 hexadecimal digits.
std::optional<Bytes> pmk_from_hex(std::string_view text);
nlohmann::json to_json(const Secrets& secrets);
Result<Secrets> secrets_from_json(const nlohmann::json& document);

}  // namespace postassoc
