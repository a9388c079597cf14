#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <memory>

#include "harness/checks/check.h"
#include "harness/commands/commands.h"
#include "harness/commands/selection.h"
#include "harness/json_file.h"
#include "harness/plan.h"
#include "harness/report/escape.h"
#include "harness/report/exit_code.h"

namespace postassoc {
namespace {

namespace fs = std::filesystem;

struct ValidateOptions {
  std::vector<std::string> paths;
  std::vector<std::string> overrides;
};

/// A rig file has radios or a kind; everything else that is asked about is a scenario.
bool looks_like_a_rig(const nlohmann::json& document) {
  return document.is_object() && !document.contains("steps") &&
         (document.contains("radios") || document.contains("kind"));
}

/// A suite selects, and does nothing itself.
bool looks_like_a_suite(const nlohmann::json& document, const fs::path& file) {
  constexpr std::array kKeys = {"scenarios", "sheet", "extends", "not_covered"};
  const bool has_one = std::any_of(kKeys.begin(), kKeys.end(),
                                   [&](const char* key) { return document.contains(key); });
  return document.is_object() && !document.contains("steps") &&
         (has_one || file.parent_path().filename() == "suites");
}

Result<std::string> validate_suite(const fs::path& file, const std::vector<Override>& overrides,
                                   const Context& context) {
  const auto loaded = load_suite_scenarios(file.string(), overrides, context);
  if (!loaded) {
    return loaded.error();
  }
  const std::size_t lines = loaded->suite.sheet.size();
  return fmt::format("suite of {} scenarios{}", loaded->scenarios.size(),
                     lines == 0 ? "" : fmt::format(", a sheet of {} lines", lines));
}

/// What a valid file is, in a few words.
Result<std::string> validate_rig(const nlohmann::json& document, const fs::path& file) {
  const auto rig = parse_rig(document, file.string());
  if (!rig) {
    return rig.error();
  }
  return fmt::format("rig {}", rig->id);
}

/// Planned against the default rig, so that patterns of checks that match nothing are found.
Result<std::string> validate_scenario(const fs::path& file,
                                      const std::vector<Override>& overrides) {
  const auto ids = checks::check_ids();
  const auto scenarios = load_scenarios(file, {}, overrides, ids);
  if (!scenarios) {
    return scenarios.error();
  }
  for (const Scenario& scenario : *scenarios) {
    if (auto planned = plan(scenario, virtual_rig_spec(), ids, "00000000"); !planned) {
      return planned.error();
    }
  }
  return scenarios->size() == 1 ? fmt::format("scenario {}", scenarios->front().name)
                                : fmt::format("{} scenarios", scenarios->size());
}

Result<std::string> validate_file(const fs::path& file, const std::vector<Override>& overrides,
                                  const Context& context) {
  const auto document = read_json_file(file);
  if (!document) {
    return document.error();
  }
  if (looks_like_a_suite(*document, file)) {
    return validate_suite(file, overrides, context);
  }
  return looks_like_a_rig(*document) ? validate_rig(*document, file)
                                     : validate_scenario(file, overrides);
}

Result<std::vector<fs::path>> files_of(const std::vector<std::string>& paths) {
  std::vector<fs::path> files;
  for (const std::string& path : paths) {
    auto found = find_scenarios(path);
    if (!found) {
      return found.error();
    }
    files.insert(files.end(), found->begin(), found->end());
    const auto suites = suite_files(path);
    files.insert(files.end(), suites.begin(), suites.end());
  }
  return files;
}

int validate(const ValidateOptions& options, Context& context) {
  const auto overrides = parse_overrides(options.overrides);
  if (!overrides) {
    return report_error(context, overrides.error());
  }
  const auto files = files_of(options.paths);
  if (!files) {
    return report_error(context, files.error());
  }
  const report::ConsoleStyle style = context.out_style();
  std::size_t faulty = 0;
  for (const fs::path& file : *files) {
    const auto valid = validate_file(file, *overrides, context);
    if (!valid) {
      ++faulty;
      report_error(context, valid.error());
    } else if (!context.quiet) {
      context.out << report::paint("ok", report::Ink::green, style) << "     "
                  << report::printable(fmt::format("{}  ({})", file.string(), *valid),
                                       style.charset)
                  << "\n";
    }
  }
  if (faulty > 0) {
    context.err << fmt::format("{} of {} files can't be used\n", faulty, files->size());
  }
  return faulty == 0 ? report::kExitPassed : report::kExitUsage;
}

}  // namespace

void add_validate(CLI::App& app, Context& context) {
  auto options = std::make_shared<ValidateOptions>();
  CLI::App* command =
      app.add_subcommand("validate", "Say all that is wrong with scenario, suite and rig files");
  command->add_option("path", options->paths, "Scenario, suite or rig files, or folders of them")
      ->type_name("PATH")
      ->required();
  add_set_option(*command, options->overrides);
  command->footer(R"(Touches nothing. Exit code 4 when a file can't be used.

Examples:
  postassoc validate scenarios/ my-rig.json
  postassoc validate scenarios/wpa2-psk/connect.json --set access_point.channel=6)");
  command->callback([options, &context] { context.exit_code = validate(*options, context); });
}

}  // namespace postassoc
