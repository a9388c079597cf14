#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "harness/id_pattern.h"
#include "harness/json_reader.h"
#include "harness/judging_terms.h"
#include "harness/nearest_word.h"
#include "harness/suite.h"

namespace postassoc {
namespace {

namespace fs = std::filesystem;

std::string_view base_of(std::string_view name) {
  return name.substr(0, name.find('['));
}

struct LibraryFile {
  fs::path file;
  std::vector<Scenario> scenarios;
};

Result<std::vector<LibraryFile>> read_library(const fs::path& root,
                                              const std::vector<std::string>& known_checks) {
  const auto files = find_scenarios(root);
  if (!files) {
    return files.error();
  }
  std::vector<LibraryFile> library;
  std::string faults;
  for (const fs::path& file : *files) {
    auto scenarios = load_scenarios(file, root, {}, known_checks);
    if (scenarios) {
      library.push_back({file, std::move(*scenarios)});
    } else {
      faults += (faults.empty() ? "" : "\n") + to_string(scenarios.error());
    }
  }
  if (!faults.empty()) {
    return Error{Fault::invalid_input, faults, {}};
  }
  return library;
}

std::vector<std::string> item_patterns(const ScenarioSuite& suite) {
  std::vector<std::string> patterns;
  for (const SheetItem& item : suite.sheet) {
    patterns.insert(patterns.end(), item.scenarios.begin(), item.scenarios.end());
  }
  return patterns;
}

bool has_tag(const Scenario& scenario, const std::vector<std::string>& tags) {
  return std::any_of(tags.begin(), tags.end(), [&](const std::string& tag) {
    return std::find(scenario.tags.begin(), scenario.tags.end(), tag) != scenario.tags.end();
  });
}

bool selects(const ScenarioSuite& suite, const Scenario& scenario) {
  return (names_scenario(suite.scenarios, scenario.name) || has_tag(scenario, suite.tags) ||
          names_scenario(item_patterns(suite), scenario.name)) &&
         !names_scenario(suite.without, scenario.name);
}

/// What can be named: each scenario's name, that of its file, and its folder with a star.
struct Names {
  std::set<std::string> scenarios, words, tags;
};

Names names_of(const std::vector<LibraryFile>& library) {
  Names names;
  for (const LibraryFile& file : library) {
    for (const Scenario& scenario : file.scenarios) {
      const std::string base(base_of(scenario.name));
      names.scenarios.insert(scenario.name);
      names.words.insert(base);
      if (const auto slash = base.rfind('/'); slash != base.npos) {
        names.words.insert(base.substr(0, slash + 1) + "*");
      }
      names.tags.insert(scenario.tags.begin(), scenario.tags.end());
    }
  }
  return names;
}

std::string suggestion_of(const std::string& text, const std::set<std::string>& words) {
  const std::vector<std::string_view> views(words.begin(), words.end());
  return suggestion(text, views);
}

void test_patterns(const std::vector<std::string>& patterns, const std::string& pointer,
                   const Names& names, JsonFaults& faults) {
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    if (std::none_of(names.scenarios.begin(), names.scenarios.end(),
                     [&](const std::string& name) { return names_scenario(patterns[i], name); })) {
      faults.add(child_pointer(pointer, std::to_string(i)),
                 fmt::format("{} names no scenario; {}", in_quotes(patterns[i]),
                             suggestion_of(patterns[i], names.words)));
    }
  }
}

std::string item_pointer(std::size_t index, std::string_view key) {
  return fmt::format("/sheet/{}/{}", index, key);
}

void test_names(const ScenarioSuite& suite, const Names& names, JsonFaults& faults) {
  test_patterns(suite.scenarios, "/scenarios", names, faults);
  test_patterns(suite.without, "/without", names, faults);
  for (std::size_t i = 0; i < suite.sheet.size(); ++i) {
    test_patterns(suite.sheet[i].scenarios, item_pointer(i, "scenarios"), names, faults);
  }
  for (std::size_t i = 0; i < suite.tags.size(); ++i) {
    if (!names.tags.contains(suite.tags[i])) {
      faults.add(fmt::format("/tags/{}", i),
                 fmt::format("no scenario has the tag {}; {}", in_quotes(suite.tags[i]),
                             suggestion_of(suite.tags[i], names.tags)));
    }
  }
}

/// A line of the sheet that nothing could ever fill.
void test_items(const ScenarioSuite& suite, const std::vector<Scenario>& scenarios,
                const std::vector<std::string>& known_checks, JsonFaults& faults) {
  const CheckCatalogue catalogue(known_checks);
  for (std::size_t i = 0; i < suite.sheet.size(); ++i) {
    const SheetItem& item = suite.sheet[i];
    std::set<std::string> judged;
    for (const Scenario& scenario : scenarios) {
      if (names_scenario(item.scenarios, scenario.name)) {
        const auto ids = catalogue.matching(scenario.checks);
        judged.insert(ids.begin(), ids.end());
      }
    }
    for (std::size_t k = 0; k < item.checks.size() && !known_checks.empty(); ++k) {
      if (std::none_of(judged.begin(), judged.end(), [&](const std::string& id) {
            return matches_pattern(item.checks[k], id);
          })) {
        faults.add(child_pointer(item_pointer(i, "checks"), std::to_string(k)),
                   fmt::format("{} is judged in none of the item's scenarios; {}",
                               in_quotes(item.checks[k]), suggestion_of(item.checks[k], judged)));
      }
    }
  }
}

}  // namespace

bool names_scenario(std::string_view pattern, std::string_view name) {
  return matches_pattern(pattern, name) || matches_pattern(pattern, base_of(name));
}

bool names_scenario(const std::vector<std::string>& patterns, std::string_view name) {
  return std::any_of(patterns.begin(), patterns.end(), [name](const std::string& pattern) {
    return names_scenario(std::string_view(pattern), name);
  });
}

std::vector<fs::path> suite_files(const fs::path& root) {
  std::vector<fs::path> files;
  std::error_code fault;
  for (fs::directory_iterator at(root / "suites", fault), end; !fault && at != end;
       at.increment(fault)) {
    if (at->path().extension() == ".json" && at->path().filename() != "schema.json") {
      files.push_back(at->path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

Result<fs::path> find_suite(const std::string& name_or_file, const fs::path& root) {
  std::error_code fault;
  if (fs::is_regular_file(name_or_file, fault)) {
    return fs::path(name_or_file);
  }
  const auto files = suite_files(root);
  std::vector<std::string> names;
  for (const fs::path& file : files) {
    names.push_back(file.stem().string());
    if (names.back() == name_or_file) {
      return file;
    }
  }
  return Error{Fault::invalid_input,
               fmt::format("there is no suite and no file {}; {}", in_quotes(name_or_file),
                           suggestion(name_or_file, views_of(names))),
               "--suite"};
}

Result<std::vector<Scenario>> select_scenarios(const ScenarioSuite& suite, const fs::path& root,
                                               const std::vector<Override>& overrides,
                                               const std::vector<std::string>& known_checks) {
  const auto library = read_library(root, known_checks);
  if (!library) {
    return library.error();
  }
  JsonFaults faults(suite.file);
  test_names(suite, names_of(*library), faults);
  if (!faults.empty()) {
    return faults.error();
  }
  std::vector<Override> changes = suite.overrides;
  changes.insert(changes.end(), overrides.begin(), overrides.end());
  std::vector<Scenario> selected;
  for (const LibraryFile& file : *library) {
    if (std::none_of(file.scenarios.begin(), file.scenarios.end(),
                     [&](const Scenario& scenario) { return selects(suite, scenario); })) {
      continue;
    }
    auto scenarios = load_scenarios(file.file, root, changes, known_checks);
    if (!scenarios) {
      return scenarios.error();
    }
    std::copy_if(scenarios->begin(), scenarios->end(), std::back_inserter(selected),
                 [&](const Scenario& scenario) { return selects(suite, scenario); });
  }
  test_items(suite, selected, known_checks, faults);
  if (!faults.empty()) {
    return faults.error();
  }
  return selected;
}

}  // namespace postassoc
