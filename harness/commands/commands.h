#pragma once

#include "harness/commands/context.h"

/// One function a command, each in the file of its name: declares the command with its options and
/// leaves a callback that does the work and sets Context::exit_code.
namespace postassoc {

void add_run(CLI::App& app, Context& context);
void add_check(CLI::App& app, Context& context);
void add_validate(CLI::App& app, Context& context);
void add_list(CLI::App& app, Context& context);
void add_explain(CLI::App& app, Context& context);
void add_doctor(CLI::App& app, Context& context);

/// Every check with its rule, as a table or JSON; the exit code.
int list_checks(bool as_json, Context& context);

}  // namespace postassoc
