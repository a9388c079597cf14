#include <fmt/format.h>

#include <set>

#include "harness/json_file.h"
#include "harness/json_reader.h"
#include "harness/judging_terms.h"
#include "harness/nearest_word.h"
#include "harness/scenario_words.h"
#include "harness/suite.h"

namespace postassoc {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// Faults of patterns that name no check.
void test_checks(const std::vector<std::string>& patterns, const std::string& pointer,
                 const CheckCatalogue& catalogue, JsonFaults& faults) {
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    if (!patterns[i].empty() && !catalogue.knows(patterns[i])) {
      faults.add(child_pointer(pointer, std::to_string(i)), catalogue.refusal(patterns[i]));
    }
  }
}

SheetItem read_item(const json& document, const std::string& pointer,
                    const CheckCatalogue& catalogue, JsonFaults& faults) {
  ObjectReader reader(document, pointer, suite_words::kItem, faults);
  reader.require({"id", "item", "asks", "sources", "scenarios", "checks"});
  SheetItem item{reader.text("id").value_or(""),   reader.text("item").value_or(""),
                 reader.text("asks").value_or(""), reader.texts("sources"),
                 reader.texts("scenarios"),        reader.texts("checks")};
  for (const auto& [key, list] :
       {std::pair("scenarios", &item.scenarios), std::pair("checks", &item.checks)}) {
    if (reader.has(key) && list->empty()) {
      reader.fault(key, "expected one pattern or more");
    }
  }
  test_checks(item.checks, reader.pointer_to("checks"), catalogue, faults);
  return item;
}

void read_sheet(ObjectReader& reader, const CheckCatalogue& catalogue, JsonFaults& faults,
                ScenarioSuite& suite) {
  std::set<std::string> ids;
  if (const json* sheet = reader.array("sheet")) {
    for (std::size_t i = 0; i < sheet->size(); ++i) {
      const std::string pointer = child_pointer(reader.pointer_to("sheet"), std::to_string(i));
      suite.sheet.push_back(read_item((*sheet)[i], pointer, catalogue, faults));
      if (!ids.insert(suite.sheet.back().id).second) {
        faults.add(pointer + "/id", "an item before this one has the same id");
      }
    }
  }
  if (const json* list = reader.array("not_covered")) {
    for (std::size_t i = 0; i < list->size(); ++i) {
      ObjectReader entry((*list)[i],
                         child_pointer(reader.pointer_to("not_covered"), std::to_string(i)),
                         suite_words::kNotCovered, faults);
      entry.require({"item", "why"});
      suite.not_covered.push_back(
          {entry.text("item").value_or(""), entry.text("why").value_or("")});
    }
  }
  if (const json* expected = reader.object("expected")) {
    const std::vector<std::string> known(ids.begin(), ids.end());
    for (const auto& [id, word] : expected->items()) {
      const std::string pointer = child_pointer(reader.pointer_to("expected"), id);
      const auto verdict =
          word.is_string() ? verdict_from(word.get_ref<const std::string&>()) : std::nullopt;
      if (!ids.contains(id)) {
        faults.add(pointer, fmt::format("the sheet has no item {}; {}", in_quotes(id),
                                        suggestion(id, views_of(known))));
      } else if (!verdict || *verdict < Verdict::pass) {
        faults.add(pointer, fmt::format("expected \"fail\", \"inconclusive\", \"error\" or "
                                        "\"pass\", found {}",
                                        describe(word)));
      } else {
        suite.expected.emplace(id, *verdict);
      }
    }
  }
}

/// What the suite changes in its scenarios, in the words of --set.
void read_changes(ObjectReader& reader, const CheckCatalogue& catalogue, const std::string& file,
                  JsonFaults& faults, ScenarioSuite& suite) {
  const auto change = [&](std::string path, const json& value, std::string_view key) {
    suite.overrides.push_back({std::move(path), value, file + "#" + reader.pointer_to(key)});
  };
  if (const json* values = reader.object("set")) {
    for (const auto& [path, value] : values->items()) {
      change(path, value, "set");
    }
  }
  if (reader.has("checks")) {
    const auto checks = reader.texts("checks");
    test_checks(checks, reader.pointer_to("checks"), catalogue, faults);
    change("checks", checks, "checks");
  }
  const JudgingTerms terms = read_judging_terms(reader, catalogue, faults);
  for (const auto& [id, limit] : terms.limits) {
    change("limits." + id, (*reader.object("limits"))[id], "limits");
  }
  if (terms.profile) {
    change("profile", std::string(word_for<Profile>(scenario_words::kProfile, *terms.profile)),
           "profile");
  }
}

Error not_an_object(const json& document, const std::string& file) {
  return {Fault::invalid_input, fmt::format("expected an object, found {}", describe(document)),
          file + "#"};
}

}  // namespace

Result<ScenarioSuite> parse_suite(const json& document, const std::string& file,
                                  const std::string& name,
                                  const std::vector<std::string>& known_checks) {
  if (!document.is_object()) {
    return not_an_object(document, file);
  }
  JsonFaults faults(file);
  const CheckCatalogue catalogue(known_checks);
  ObjectReader reader(document, "", suite_words::kSuite, faults);
  reader.require({"purpose"});
  ScenarioSuite suite;
  suite.name = name;
  suite.file = file;
  suite.document = document;
  suite.purpose = reader.text("purpose").value_or("");
  suite.scenarios = reader.texts("scenarios");
  suite.tags = reader.texts("tags");
  suite.without = reader.texts("without");
  suite.title = reader.text("title").value_or(suite.purpose);
  read_changes(reader, catalogue, file, faults, suite);
  read_sheet(reader, catalogue, faults, suite);
  if (reader.has("extends")) {
    reader.fault("extends", "only a suite's own file can extend another one");
  }
  if (suite.scenarios.empty() && suite.tags.empty() && suite.sheet.empty()) {
    faults.add("", "selects nothing: expected scenarios, tags or a sheet");
  }
  if (!faults.empty()) {
    return faults.error();
  }
  return suite;
}

Result<ScenarioSuite> load_suite(const fs::path& file,
                                 const std::vector<std::string>& known_checks) {
  const auto read = read_json_file(file);
  if (!read) {
    return read.error();
  }
  if (!read->is_object()) {
    return not_an_object(*read, file.string());
  }
  json document = *read;
  if (document.contains("extends")) {
    if (!document["extends"].is_string()) {
      return Error{Fault::invalid_input, "expected the name of a suite's file",
                   file.string() + "#/extends"};
    }
    const fs::path other = file.parent_path() / document["extends"].get<std::string>();
    auto base = read_json_file(other);
    if (!base || !base->is_object()) {
      return base ? not_an_object(*base, other.string()) : base.error();
    }
    document.erase("extends");
    document.erase("$schema");
    base->update(document);
    document = std::move(*base);
  }
  return parse_suite(document, file.string(), file.stem().string(), known_checks);
}

}  // namespace postassoc
