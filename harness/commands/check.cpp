#include <CLI/CLI.hpp>
#include <memory>

#include "harness/commands/commands.h"
#include "harness/commands/judging.h"
#include "harness/commands/outputs.h"
#include "harness/report/console.h"
#include "harness/report/exit_code.h"
#include "harness/report/json.h"

namespace postassoc {
namespace {

namespace fs = std::filesystem;

struct CheckOptions {
  std::vector<std::string> paths;
  Outputs outputs;
  bool findings = false;
};

/// Judged again is not recorded again: what is asked for must not land among the evidence.
Result<> outside_of_evidence(const CheckOptions& options) {
  for (const std::string& file : {options.outputs.json, options.outputs.junit}) {
    for (const std::string& path : options.paths) {
      std::error_code error;
      const std::string run = fs::weakly_canonical(path, error).string() + "/";
      if (file != "-" && fs::weakly_canonical(file, error).string().starts_with(run)) {
        return Error{Fault::invalid_input, "lies in the run directory; name a file outside of it",
                     file};
      }
    }
  }
  return {};
}

Result<report::RunReport> judge_all(const std::vector<std::string>& paths) {
  std::vector<report::ScenarioReport> scenarios;
  std::string version;
  for (const std::string& path : paths) {
    auto run = judge_run(path);
    if (!run) {
      return run.error();
    }
    if (paths.size() == 1) {
      return run;
    }
    version = run->harness_version;
    std::move(run->scenarios.begin(), run->scenarios.end(), std::back_inserter(scenarios));
  }
  report::RunReport all = report::make_run_report(std::move(scenarios), {});
  all.harness_version = version;
  return all;
}

int print_findings(const report::RunReport& run, Context& context) {
  if (run.scenarios.size() != 1) {
    return report_error(context, {Fault::invalid_input,
                                  "--findings is for the evidence of one scenario; name its folder",
                                  run.directory.string()});
  }
  context.out << report::findings_json(run.scenarios.front());
  return report::exit_code(run);
}

void print_console(const report::RunReport& run, Context& context) {
  const report::ConsoleStyle style = context.out_style();
  if (!context.quiet) {
    context.out << report::render_run(run, style);
    return;
  }
  for (std::size_t i = 0; i < run.scenarios.size(); ++i) {
    context.out << report::render_scenario_line(run.scenarios[i], i + 1, run.scenarios.size(),
                                                style);
  }
}

int check(const CheckOptions& options, Context& context) {
  if (auto outside = outside_of_evidence(options); !outside) {
    return report_error(context, outside.error());
  }
  const auto run = judge_all(options.paths);
  if (!run) {
    return report_error(context, run.error());
  }
  if (options.findings) {
    return print_findings(*run, context);
  }
  if (!options.outputs.takes_standard_output()) {
    print_console(*run, context);
  }
  if (auto written = write_outputs(*run, options.outputs, context); !written) {
    return report_error(context, written.error());
  }
  return report::exit_code(*run);
}

}  // namespace

void add_check(CLI::App& app, Context& context) {
  auto options = std::make_shared<CheckOptions>();
  CLI::App* command = app.add_subcommand("check", "Judge recorded evidence again, without any rig");
  command->add_option("path", options->paths, "Run directory, or the folder of one scenario")
      ->type_name("PATH")
      ->required();
  add_output_options(*command, options->outputs);
  command->add_flag("--findings", options->findings,
                    "Print findings.json of one scenario, byte for byte as the run wrote it");
  command->footer(R"(Never writes into the run directory. The exit code is that of a run.

Examples:
  postassoc check runs/latest
  postassoc check runs/latest/wpa2-psk-connect --findings
  postassoc check runs/latest --junit junit.xml --json -)");
  command->callback([options, &context] { context.exit_code = check(*options, context); });
}

}  // namespace postassoc
