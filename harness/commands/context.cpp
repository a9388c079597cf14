#include "harness/commands/context.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <sstream>

#include "harness/report/escape.h"
#include "harness/report/exit_code.h"

namespace postassoc {
namespace {

namespace fs = std::filesystem;

report::ConsoleStyle style_of(const Context& context, int descriptor) {
  report::ConsoleStyle style =
      report::console_style(context.is_standard_output ? descriptor : -1, context.color);
  style.verbose = context.verbose;
  return style;
}

std::vector<fs::path> scenario_folders() {
  std::vector<fs::path> folders{"scenarios"};
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (!error) {
    const fs::path above = program.parent_path().parent_path();
    folders.push_back(above / "share/postassoc/scenarios");
    folders.push_back(above / "scenarios");
  }
  return folders;
}

}  // namespace

report::ConsoleStyle Context::out_style() const {
  return style_of(*this, STDOUT_FILENO);
}
report::ConsoleStyle Context::err_style() const {
  return style_of(*this, STDERR_FILENO);
}

int report_error(Context& context, const Error& error) {
  const report::ConsoleStyle style = context.err_style();
  std::istringstream lines(to_string(error));
  for (std::string line; std::getline(lines, line);) {
    context.err << report::paint("error:", report::Ink::red, style) << " "
                << report::printable(line, style.charset) << "\n";
  }
  return report::exit_code(error);
}

Result<fs::path> scenario_root(const Context& context) {
  std::error_code ignored;
  if (!context.scenarios.empty()) {
    if (fs::is_directory(context.scenarios, ignored)) {
      return fs::path(context.scenarios);
    }
    return Error{Fault::invalid_input, "there is no such folder", context.scenarios};
  }
  std::string looked_at;
  for (const fs::path& folder : scenario_folders()) {
    if (fs::is_directory(folder, ignored)) {
      return folder;
    }
    looked_at += (looked_at.empty() ? "" : ", ") + folder.string();
  }
  return Error{Fault::invalid_input,
               "no folder of scenarios found (looked at " + looked_at +
                   "); name one with --scenarios or as an argument",
               ""};
}

Result<RigSpec> rig_named(const std::string& file) {
  if (file.empty() || file == "virtual") {
    return virtual_rig_spec();
  }
  return load_rig(file);
}

void add_rig_option(CLI::App& command, std::string& rig) {
  command.add_option("--rig", rig, "Rig file; the virtual rig when none is named")
      ->type_name("FILE")
      ->envname("POSTASSOC_RIG");
}

void add_set_option(CLI::App& command, std::vector<std::string>& overrides) {
  command
      .add_option("--set", overrides,
                  "Change a value of the scenario: access_point.channel=6; may be repeated")
      ->type_name("PATH=VALUE")
      ->allow_extra_args(false);  // or it would swallow the paths that follow
}

Result<std::vector<Override>> parse_overrides(const std::vector<std::string>& texts) {
  std::vector<Override> overrides;
  for (const std::string& text : texts) {
    auto parsed = parse_override(text);
    if (!parsed) {
      return parsed.error();
    }
    overrides.push_back(std::move(*parsed));
  }
  return overrides;
}

}  // namespace postassoc
