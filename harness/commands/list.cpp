#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "harness/checks/check.h"
#include "harness/commands/commands.h"
#include "harness/commands/selection.h"
#include "harness/report/escape.h"
#include "harness/report/exit_code.h"

namespace postassoc {
namespace {

namespace fs = std::filesystem;
using report::columns;
using report::printable;

struct ListOptions {
  std::string path;
  bool json = false;
};

struct Listed {
  std::vector<Scenario> scenarios;
  int exit_code = report::kExitPassed;
};

/// All scenarios that can be read; faults of the others go to the error stream.
Result<Listed> load_all(const fs::path& path, Context& context) {
  const auto files = find_scenarios(path);
  if (!files) {
    return files.error();
  }
  std::error_code error;
  const fs::path root = fs::is_directory(path, error) ? path : fs::path();
  Listed listed;
  for (const fs::path& file : *files) {
    auto loaded = load_scenarios(file, root, {}, checks::check_ids());
    if (!loaded) {
      listed.exit_code = report_error(context, loaded.error());
      continue;
    }
    std::move(loaded->begin(), loaded->end(), std::back_inserter(listed.scenarios));
  }
  return listed;
}

std::string join(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, ", "));
}

void print_table(const std::vector<Scenario>& scenarios, Context& context) {
  const report::ConsoleStyle style = context.out_style();
  std::size_t names = 0, tags = 0;
  for (const Scenario& scenario : scenarios) {
    names = std::max(names, columns(printable(scenario.name, style.charset)) + 2);
    tags = std::max(tags, columns(printable(join(scenario.tags), style.charset)) + 2);
  }
  const std::size_t left = names + tags;
  const std::size_t room = style.width > left + 30 ? style.width - left : 30;
  for (const Scenario& scenario : scenarios) {
    const auto lines = report::wrapped(printable(scenario.purpose, style.charset), room);
    const std::string name = report::padded(printable(scenario.name, style.charset), names);
    const std::string tag = report::padded(printable(join(scenario.tags), style.charset), tags);
    context.out << report::paint(name, report::Ink::bold, style)
                << report::paint(tag, report::Ink::cyan, style) << lines.front() << "\n";
    for (std::size_t i = 1; i < lines.size(); ++i) {
      context.out << std::string(left, ' ') << lines[i] << "\n";
    }
  }
}

void print_json(const std::vector<Scenario>& scenarios, Context& context) {
  auto document = nlohmann::ordered_json::array();
  for (const Scenario& scenario : scenarios) {
    document.push_back({{"name", scenario.name},
                        {"file", scenario.file},
                        {"tags", scenario.tags},
                        {"purpose", scenario.purpose},
                        {"requires", scenario.required_capabilities},
                        {"checks", scenario.checks}});
  }
  context.out << document.dump(2) << "\n";
}

int list_suites(bool as_json, Context& context) {
  const auto root = scenario_root(context);
  if (!root) {
    return report_error(context, root.error());
  }
  int exit_code = report::kExitPassed;
  auto document = nlohmann::ordered_json::array();
  const report::ConsoleStyle style = context.out_style();
  for (const fs::path& file : suite_files(*root)) {
    const auto loaded = load_suite_scenarios(file.string(), {}, context);
    if (!loaded) {
      exit_code = report_error(context, loaded.error());
      continue;
    }
    const ScenarioSuite& suite = loaded->suite;
    if (as_json) {
      std::vector<std::string> names;
      for (const Scenario& scenario : loaded->scenarios) {
        names.push_back(scenario.name);
      }
      document.push_back({{"name", suite.name},
                          {"file", suite.file},
                          {"purpose", suite.purpose},
                          {"scenarios", names},
                          {"sheet_lines", suite.sheet.size()}});
      continue;
    }
    context.out << report::paint(printable(suite.name, style.charset), report::Ink::bold, style)
                << fmt::format("  {} scenarios", loaded->scenarios.size())
                << (suite.sheet.empty() ? ""
                                        : fmt::format(", a sheet of {} lines", suite.sheet.size()))
                << "\n";
    for (const std::string& line :
         report::wrapped(printable(suite.purpose, style.charset), style.width - 2)) {
      context.out << "  " << line << "\n";
    }
  }
  if (as_json) {
    context.out << document.dump(2) << "\n";
  }
  return exit_code;
}

int list(const ListOptions& options, Context& context) {
  std::error_code error;
  if (options.path == "checks" && !fs::exists(options.path, error)) {
    return list_checks(options.json, context);
  }
  if (options.path == "suites" && !fs::exists(options.path, error)) {
    return list_suites(options.json, context);
  }
  Result<fs::path> path = fs::path(options.path);
  if (options.path.empty()) {
    path = scenario_root(context);
  }
  if (!path) {
    return report_error(context, path.error());
  }
  const auto listed = load_all(*path, context);
  if (!listed) {
    return report_error(context, listed.error());
  }
  if (options.json) {
    print_json(listed->scenarios, context);
  } else {
    print_table(listed->scenarios, context);
  }
  return listed->exit_code;
}

}  // namespace

void add_list(CLI::App& app, Context& context) {
  auto options = std::make_shared<ListOptions>();
  CLI::App* command = app.add_subcommand(
      "list", "List scenarios with their tags and purpose, suites, or all checks");
  command
      ->add_option("path", options->path, "Scenario file or folder; or the word suites or checks")
      ->type_name("PATH");
  command->add_flag("--json", options->json, "As JSON");
  command->footer(R"(Examples:
  postassoc list
  postassoc list checks
  postassoc list suites
  postassoc list scenarios/wpa2-psk --json)");
  command->callback([options, &context] { context.exit_code = list(*options, context); });
}

}  // namespace postassoc
