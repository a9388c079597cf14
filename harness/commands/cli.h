#pragma once

#include <ostream>

namespace postassoc {

/// Runs the command line; gives the exit code (report/exit_code.h). A bug in the harness leaves as
/// an exception.
int run_cli(int argc, const char* const* argv);
/// The same, with the output given to streams: plain text, no colour unless asked.
int run_cli(int argc, const char* const* argv, std::ostream& out, std::ostream& err);

}  // namespace postassoc
