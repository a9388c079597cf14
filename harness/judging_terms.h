#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/json_reader.h"
#include "harness/scenario.h"

namespace postassoc {

/// What a judgement goes by and a recording does not: limits, and whose document is right. A
/// scenario has them as members; a file of its own with the same members judges old evidence anew:
/// {"limits": {"timing.m3-m4": {"max_ms": 50}}, "profile": "compact"}
struct JudgingTerms {
  std::map<std::string, Limit> limits;  ///< check id -> limit
  std::optional<Profile> profile;
  std::vector<std::string> checks;  ///< ids to be judged instead of the plan's; empty: the plan's

  /// Puts limits and profile in place of the scenario's own; what is not named here stays.
  void apply_to(Scenario& scenario) const;
};

/// An Error has a line a fault: "file#/json/pointer: what was expected, what was found".
Result<JudgingTerms> parse_judging_terms(const nlohmann::json& document, const std::string& file,
                                         const std::vector<std::string>& known_checks);

/// Ids of checks as a scenario may name them; with an empty catalogue every id is taken.
class CheckCatalogue {
 public:
  explicit CheckCatalogue(const std::vector<std::string>& ids);

  bool knows(std::string_view pattern) const;
  /// Those that one of the patterns names, in the catalogue's order.
  std::vector<std::string> matching(const std::vector<std::string>& patterns) const;
  /// The sentence for one that is not known.
  std::string refusal(std::string_view id) const;

 private:
  std::vector<std::string_view> ids_;
};

/// The keys of the member `key`, an object, that are ids of checks; reports those that are not.
std::vector<std::string_view> read_check_ids(ObjectReader& reader, std::string_view key,
                                             const CheckCatalogue& catalogue, JsonFaults& faults);
/// The members "limits" and "profile".
JudgingTerms read_judging_terms(ObjectReader& reader, const CheckCatalogue& catalogue,
                                JsonFaults& faults);

}  // namespace postassoc
