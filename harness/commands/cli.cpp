#include "harness/commands/cli.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <map>

#include "harness/commands/commands.h"
#include "harness/nearest_word.h"
#include "harness/report/escape.h"
#include "harness/report/exit_code.h"
#include "harness/version.h"

namespace postassoc {
namespace {

constexpr const char* kFooter = R"(Examples:
  postassoc run scenarios/                  all scenarios on the virtual rig
  postassoc run --rig my-rig.json scenarios/wpa2-psk/connect.json
  postassoc check runs/latest               judge recorded evidence again
  postassoc explain timing.m3-m4            what a check asserts, and why
  postassoc doctor                          what this host can do

Exit codes: 0 all passed, 1 the device failed, 2 interrupted, 3 a bug in the harness, 4 usage or an
invalid file, 5 nothing selected, 69 the rig is not available, 70 the lab failed, 77 all skipped.
Environment: POSTASSOC_RIG, POSTASSOC_OUT, POSTASSOC_SCENARIOS, POSTASSOC_CACHE, NO_COLOR.)";

void add_global_options(CLI::App& app, Context& context) {
  static const std::map<std::string, report::ColorWhen> kColors = {
      {"auto", report::ColorWhen::automatic},
      {"always", report::ColorWhen::always},
      {"never", report::ColorWhen::never}};
  app.add_option_function<std::string>(
         "--color", [&context](const std::string& word) { context.color = kColors.at(word); },
         "Colour: auto (on a terminal, unless NO_COLOR is set), always, never")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->type_name("WHEN");
  app.add_flag("-v,--verbose", context.verbose, "Show everything in full");
  app.add_flag("-q,--quiet", context.quiet, "Show verdicts and trouble only");
  app.add_option("--scenarios", context.scenarios, "Folder of the scenarios")
      ->type_name("FOLDER")
      ->envname("POSTASSOC_SCENARIOS");
  app.set_version_flag("--version", "postassoc " + std::string(kVersion));
}

void add_commands(CLI::App& app, Context& context) {
  add_run(app, context);
  add_check(app, context);
  add_validate(app, context);
  add_list(app, context);
  add_explain(app, context);
  add_doctor(app, context);
  for (CLI::App* command : app.get_subcommands({})) {
    command->fallthrough();
  }
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  const auto add = [&names](const CLI::App& of) {
    for (const CLI::Option* option : of.get_options()) {
      for (const std::string& name : option->get_lnames()) {
        names.push_back("--" + name);
      }
    }
  };
  add(app);
  for (const CLI::App* command : app.get_subcommands()) {
    add(*command);
  }
  return names;
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  return names;
}

/// One sentence on what is wrong with the command line, with the nearest word that would be right.
std::string usage_text(const CLI::App& app, const CLI::ParseError& error) {
  const std::vector<std::string> rest = app.remaining(true);
  if (rest.empty()) {
    return error.what();
  }
  const std::string word = rest.front().substr(0, rest.front().find('='));
  const bool is_option = word.starts_with("-");
  if (!is_option && !app.get_subcommands().empty()) {
    return "unexpected argument \"" + word + "\"";
  }
  const auto words = is_option ? option_names(app) : command_names(app);
  return std::string(is_option ? "there is no option \"" : "there is no command \"") + word +
         "\"; " + suggestion(word, views_of(words));
}

int report_usage(const CLI::App& app, const CLI::ParseError& error, Context& context) {
  const auto commands = app.get_subcommands();
  const std::string command = commands.empty() ? "" : " " + commands.front()->get_name();
  context.err << "postassoc: " << report::printable(usage_text(app, error)) << "\n"
              << "See: postassoc" << command << " --help\n";
  return report::kExitUsage;
}

int run_command_line(int argc, const char* const* argv, Context& context) {
  CLI::App app("Tests what a WLAN adapter does in the moments after it associates.", "postassoc");
  app.footer(kFooter);
  app.require_subcommand(1);
  add_global_options(app, context);
  add_commands(app, context);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& request) {  // --help, --version
    return app.exit(request, context.out, context.err);
  } catch (const CLI::ParseError& error) {
    return report_usage(app, error, context);
  }
  return context.exit_code;
}

}  // namespace

int run_cli(int argc, const char* const* argv) {
  Context context{std::cout, std::cerr};
  return run_command_line(argc, argv, context);
}

int run_cli(int argc, const char* const* argv, std::ostream& out, std::ostream& err) {
  Context context{out, err};
  context.is_standard_output = false;
  return run_command_line(argc, argv, context);
}

}  // namespace postassoc
