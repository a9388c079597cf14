#include "harness/commands/selection.h"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/ihv/ihv_station.h"
#include "harness/checks/check.h"

namespace postassoc {
namespace {

namespace fs = std::filesystem;

/// Everything below the paths.
Result<std::vector<Scenario>> load_paths(const std::vector<fs::path>& paths,
                                         const std::vector<Override>& overrides) {
  std::vector<Scenario> scenarios;
  std::string faults;
  for (const fs::path& path : paths) {
    const auto files = find_scenarios(path);
    if (!files) {
      return files.error();
    }
    for (const fs::path& file : *files) {
      auto loaded = load_scenarios(file, {}, overrides, checks::check_ids());
      if (!loaded) {
        faults += (faults.empty() ? "" : "\n") + to_string(loaded.error());
        continue;
      }
      std::move(loaded->begin(), loaded->end(), std::back_inserter(scenarios));
    }
  }
  if (!faults.empty()) {
    return Error{Fault::invalid_input, faults, {}};
  }
  return scenarios;
}

Result<std::vector<Scenario>> load_selected(const SelectionOptions& options,
                                            const std::vector<Override>& overrides,
                                            const Context& context) {
  std::vector<fs::path> paths(options.paths.begin(), options.paths.end());
  if (paths.empty()) {
    const auto root = scenario_root(context);
    if (!root) {
      return root.error();
    }
    paths.push_back(*root);
  }
  return load_paths(paths, overrides);
}

/// Modules that are named by a path have to be there; shipped ones are looked for when they are
/// used.
Result<> find_modules(const std::vector<Scenario>& scenarios) {
  for (const Scenario& scenario : scenarios) {
    const std::string& module = scenario.station.module;
    if (module.find('/') == module.npos) {
      continue;
    }
    if (const auto found = find_module(module, shipped_folder()); !found) {
      return Error{Fault::invalid_input, found.error().what, module};
    }
  }
  return {};
}

}  // namespace

Result<fs::path> root_of_suite(const fs::path& file, const Context& context) {
  std::error_code ignored;
  const fs::path folder = fs::absolute(file, ignored).lexically_normal().parent_path();
  if (folder.filename() == "suites" && context.scenarios.empty()) {
    const fs::path below = file.parent_path().parent_path();
    return below.empty() ? folder.parent_path() : below;
  }
  return scenario_root(context);
}

Result<SuiteScenarios> load_suite_scenarios(const std::string& name_or_file,
                                            const std::vector<Override>& overrides,
                                            const Context& context) {
  std::error_code ignored;
  fs::path file = name_or_file;
  if (!fs::is_regular_file(file, ignored)) {
    const auto root = scenario_root(context);
    const auto found = root ? find_suite(name_or_file, *root) : Result<fs::path>(root.error());
    if (!found) {
      return found.error();
    }
    file = *found;
  }
  auto suite = load_suite(file, checks::check_ids());
  if (!suite) {
    return suite.error();
  }
  const auto root = root_of_suite(file, context);
  if (!root) {
    return root.error();
  }
  auto scenarios = select_scenarios(*suite, *root, overrides, checks::check_ids());
  if (!scenarios) {
    return scenarios.error();
  }
  return SuiteScenarios{std::move(*suite), std::move(*scenarios)};
}

Result<Selection> select_for_run(const SelectionOptions& options, const RigSpec& rig,
                                 const Context& context) {
  const auto overrides = parse_overrides(options.overrides);
  if (!overrides) {
    return overrides.error();
  }
  Selection selection;
  std::vector<Scenario> scenarios;
  if (options.suite.empty()) {
    auto loaded = load_selected(options, *overrides, context);
    if (!loaded) {
      return loaded.error();
    }
    scenarios = std::move(*loaded);
  } else {
    if (!options.paths.empty()) {
      return Error{Fault::invalid_input, "a suite names its scenarios itself: leave this out",
                   options.paths.front()};
    }
    auto loaded = load_suite_scenarios(options.suite, *overrides, context);
    if (!loaded) {
      return loaded.error();
    }
    selection.suite = std::move(loaded->suite);
    scenarios = std::move(loaded->scenarios);
  }
  if (auto there = find_modules(scenarios); !there) {
    return there.error();
  }
  auto planned = plan_all(scenarios, rig, checks::check_ids(), options.seed);
  if (!planned) {
    return planned.error();
  }
  selection.planned = std::move(*planned);
  return selection;
}

Result<std::vector<RigSpec>> rigs_for_jobs(const std::vector<std::string>& files, int jobs) {
  std::vector<RigSpec> rigs;
  for (const std::string& file : files.empty() ? std::vector<std::string>{""} : files) {
    auto rig = rig_named(file);
    if (!rig) {
      return rig.error();
    }
    rigs.push_back(std::move(*rig));
  }
  const std::size_t wanted = jobs == 0 ? rigs.size() : static_cast<std::size_t>(jobs);
  while (rigs.size() < wanted && rigs.back().kind == RigKind::virtual_machine) {
    rigs.push_back(rigs.back());
  }
  if (rigs.size() < wanted) {
    return Error{
        Fault::invalid_input,
        fmt::format("{} jobs need {} rigs, and {} named; a rig's radios do one scenario at "
                    "a time: repeat --rig with a file for each",
                    wanted, wanted, rigs.size() == 1 ? "1 is" : "fewer are"),
        "--jobs"};
  }
  rigs.resize(wanted);
  for (const RigSpec& rig : rigs) {
    if (rig.capabilities != rigs.front().capabilities) {
      return Error{Fault::invalid_input,
                   fmt::format("has other capabilities than {}: what is judged would depend on "
                               "which rig is free; run them in calls of their own",
                               rigs.front().file),
                   rig.file};
    }
  }
  return rigs;
}

}  // namespace postassoc
