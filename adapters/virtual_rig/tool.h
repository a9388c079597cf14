#pragma once

#include <string>
#include <vector>

#include "harness/run/task.h"

namespace postassoc::virtual_rig {

/// Runs a program of the host to its end and gives what it wrote on standard output and standard
/// error. An exit code other than 0 is an Error with the command and its last lines.
Task<std::string> run_command(std::vector<std::string> argv);

/// The same; a list in braces in a co_await expression is more than g++ 12 can take.
template <class... Arguments>
Task<std::string> run_tool(const Arguments&... arguments) {
  std::vector<std::string> argv;
  (argv.emplace_back(arguments), ...);
  return run_command(std::move(argv));
}

}  // namespace postassoc::virtual_rig
