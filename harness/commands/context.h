#pragma once

#include <filesystem>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "harness/report/style.h"
#include "harness/result.h"
#include "harness/rig_spec.h"
#include "harness/scenario.h"

namespace CLI {
class App;
}

namespace postassoc {

/// What all commands share: the global options and where text goes. A command's callback leaves
/// the program's exit code here.
struct Context {
  std::ostream& out;
  std::ostream& err;
  bool is_standard_output = true;  ///< `out` and `err` are this process's descriptors 1 and 2
  report::ColorWhen color = report::ColorWhen::automatic;
  bool verbose = false;
  bool quiet = false;
  std::string scenarios = {};  ///< --scenarios; empty: look for it
  int exit_code = 0;

  report::ConsoleStyle out_style() const;
  report::ConsoleStyle err_style() const;
};

/// "error: where: what" on `err`, a line for each line of the error; gives the exit code.
int report_error(Context& context, const Error& error);

/// The folder of the scenarios: --scenarios, ./scenarios, or the one installed with the program
/// (share/postassoc/scenarios), or the one beside the build folder. An Error names all that were
/// looked at.
Result<std::filesystem::path> scenario_root(const Context& context);

/// The rig file's rig; the virtual rig for an empty name or "virtual".
Result<RigSpec> rig_named(const std::string& file);

/// --rig FILE ($POSTASSOC_RIG) and --set PATH=VALUE, the same for every command that has them.
void add_rig_option(CLI::App& command, std::string& rig);
void add_set_option(CLI::App& command, std::vector<std::string>& overrides);
Result<std::vector<Override>> parse_overrides(const std::vector<std::string>& texts);

}  // namespace postassoc
