#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "harness/result.h"
#include "harness/scenario.h"
#include "harness/verdict.h"

namespace postassoc {

/// One line of a suite's sheet: a question about the device, where it is asked, and which checks in
/// which scenarios answer it.
struct SheetItem {
  std::string id;                      ///< short, stable: what a suite's `expected` names
  std::string item;                    ///< a few words
  std::string asks;                    ///< the question, a sentence
  std::vector<std::string> sources;    ///< clauses, CVEs, topics of a programme
  std::vector<std::string> scenarios;  ///< patterns
  std::vector<std::string> checks;     ///< ids or patterns with '*'
};

/// What somebody asks of a device and the suite does not.
struct NotCovered {
  std::string item;
  std::string why;
};

/// A selection of scenarios under a name, with changes to them, and perhaps a sheet: a JSON file
///   {"purpose": .., "scenarios": ["wpa2-psk/*"], "tags": ["smoke"], "without": ["soak/*"],
///    "set": {"access_point.channel": 6}, "checks": [..], "limits": {..}, "profile": "linux",
///    "extends": "other.json", "title": .., "sheet": [item..], "not_covered": [..],
///    "expected": {"item-id": "fail"}}
/// Selected is what a pattern, a tag or a sheet's item names and no pattern of `without`. `checks`
/// stand in place of the scenarios' own. `extends` takes all members from another suite's file;
/// what is given beside it replaces them one by one.
struct ScenarioSuite {
  std::string name;  ///< of the file, without ".json"
  std::string purpose;
  std::vector<std::string> scenarios, tags, without;
  std::vector<Override> overrides;
  std::string title;  ///< of the sheet; `purpose` where silent
  std::vector<SheetItem> sheet;
  std::vector<NotCovered> not_covered;
  /// Item id -> the verdict that this device is known for; `pass` where silent.
  std::map<std::string, Verdict> expected;
  nlohmann::json document;  ///< without "extends"; parses to this again
  std::string file;         ///< where it came from, for messages
};

/// The keys of the format, for its reader and the test that holds schema.json against them.
namespace suite_words {
using Key = std::string_view;
inline constexpr std::array kSuite = {
    Key("$schema"), Key("purpose"), Key("extends"),     Key("scenarios"), Key("tags"),
    Key("without"), Key("set"),     Key("checks"),      Key("limits"),    Key("profile"),
    Key("title"),   Key("sheet"),   Key("not_covered"), Key("expected")};
inline constexpr std::array kItem = {Key("id"),      Key("item"),      Key("asks"),
                                     Key("sources"), Key("scenarios"), Key("checks")};
inline constexpr std::array kNotCovered = {Key("item"), Key("why")};
}  // namespace suite_words

/// All faults of the document together: "file#/json/pointer: what was expected, what was found".
/// `known_checks` as for parse_scenario. "extends" is a fault here: see load_suite.
Result<ScenarioSuite> parse_suite(const nlohmann::json& document, const std::string& file,
                                  const std::string& name,
                                  const std::vector<std::string>& known_checks);
/// Reads a file and what it extends.
Result<ScenarioSuite> load_suite(const std::filesystem::path& file,
                                 const std::vector<std::string>& known_checks);

/// The file that a name or path means: itself, or NAME.json in the folder `suites` of `root`.
/// An Error names the nearest suite.
Result<std::filesystem::path> find_suite(const std::string& name_or_file,
                                         const std::filesystem::path& root);
/// suites/*.json of a folder of scenarios, sorted; none where there is no such folder.
std::vector<std::filesystem::path> suite_files(const std::filesystem::path& root);

/// Whether a pattern names a scenario: by its name, or by that of its file (without the values of
/// its matrix).
bool names_scenario(std::string_view pattern, std::string_view name);
bool names_scenario(const std::vector<std::string>& patterns, std::string_view name);

/// The suite's scenarios out of those below `root`, in the order of their files, with the suite's
/// changes and then `overrides`. Faults of the suite: a pattern or tag that names nothing, and an
/// item none of whose checks is judged in any of its scenarios.
Result<std::vector<Scenario>> select_scenarios(const ScenarioSuite& suite,
                                               const std::filesystem::path& root,
                                               const std::vector<Override>& overrides,
                                               const std::vector<std::string>& known_checks);

}  // namespace postassoc
