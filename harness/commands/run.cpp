#include <CLI/CLI.hpp>
#include <memory>

#include "harness/checks/check.h"
#include "harness/commands/batch.h"
#include "harness/commands/commands.h"
#include "harness/commands/host_inspection.h"
#include "harness/commands/judging.h"
#include "harness/commands/outputs.h"
#include "harness/commands/progress_line.h"
#include "harness/report/console.h"
#include "harness/report/escape.h"
#include "harness/report/exit_code.h"
#include "harness/report/json.h"
#include "harness/report/junit.h"
#include "harness/version.h"

namespace postassoc {
namespace {

namespace fs = std::filesystem;

struct RunOptions {
  std::vector<std::string> paths;
  std::string rig;
  std::vector<std::string> overrides;
  std::string out = "runs";
  Outputs outputs;
  std::string acceleration = "auto";
  bool real_time = false;
  bool no_snapshot = false;
  bool dry_run = false;
};

Result<std::vector<Planned>> plan_run(const RunOptions& options, const RigSpec& rig,
                                      const Context& context) {
  const auto overrides = parse_overrides(options.overrides);
  if (!overrides) {
    return overrides.error();
  }
  std::vector<fs::path> paths(options.paths.begin(), options.paths.end());
  if (paths.empty()) {
    const auto root = scenario_root(context);
    if (!root) {
      return root.error();
    }
    paths.push_back(*root);
  }
  return plan_all(paths, rig, *overrides, checks::check_ids());
}

int show_plan(const std::vector<Planned>& planned, Context& context) {
  for (const Planned& one : planned) {
    if (const auto* plan = std::get_if<Plan>(&one)) {
      context.out << plan->scenario.name << ": " << plan->scenario.steps.size() << " steps, "
                  << plan->checks.size() << " checks\n";
    } else {
      context.out << std::get<Skip>(one).scenario << ": skip: " << std::get<Skip>(one).reason
                  << "\n";
    }
  }
  return report::kExitPassed;
}

/// What came of one planned scenario, judged from its files.
report::ScenarioReport report_of(const Planned& one, const std::optional<Error>& error,
                                 const fs::path& directory, const RigSpec& rig, Context& context) {
  if (const auto* skip = std::get_if<Skip>(&one)) {
    return report::make_skip_report(*skip, rig.id);
  }
  const Plan& plan = std::get<Plan>(one);
  const auto judged = judge_directory(directory / plan.slug);
  if (!judged) {
    return report::make_error_report(plan, error.value_or(judged.error()));
  }
  if (const auto written = write_findings(*judged); !written) {
    report_error(context, written.error());
  }
  return *judged;
}

Result<> write_reports(const report::RunReport& run) {
  const auto json = write_text_file(run.directory / "report.json", report::report_json(run));
  if (!json) {
    return json.error();
  }
  return write_text_file(run.directory / "junit.xml", report::junit_xml(run));
}

int finish(report::RunReport run, const Result<>& ended, const RunOptions& options,
           Context& context) {
  if (const auto written = write_reports(run); !written) {
    report_error(context, written.error());
  }
  if (!options.outputs.takes_standard_output() && !run.scenarios.empty()) {
    context.out << (context.quiet ? report::render_summary(run, context.out_style())
                                  : report::render_run(run, context.out_style()));
    if (!context.quiet) {
      const std::string folder = run.directory.string();
      context.out << "  reports       "
                  << report::printable(folder + "/report.json, " + folder + "/junit.xml") << "\n";
    }
  }
  if (const auto written = write_outputs(run, options.outputs, context); !written) {
    return report_error(context, written.error());
  }
  if (!ended) {
    return report_error(context, ended.error());
  }
  return report::exit_code(run);
}

/// Versions of what this host brings to a run; the virtual rig's guest has the host's programs.
nlohmann::json host_environment() {
  nlohmann::json environment = {{"harness", kVersion}};
  for (const std::string program : {"hostapd", "wpa_supplicant"}) {
    environment[program] = inspect_program({program, "-v"}, program, program).detail;
  }
  return environment;
}

int run(const RunOptions& options, Context& context) {
  const auto rig = rig_named(options.rig);
  if (!rig) {
    return report_error(context, rig.error());
  }
  const auto planned = plan_run(options, *rig, context);
  if (!planned) {
    return report_error(context, planned.error());
  }
  if (planned->empty()) {
    context.err << "nothing selected\n";
    return report::kExitNothingSelected;
  }
  if (options.dry_run) {
    return show_plan(*planned, context);
  }
  const auto directory = create_run_directory(options.out);
  if (!directory) {
    return report_error(context, directory.error());
  }
  if (const auto written =
          write_text_file(*directory / "plan.json", run_plan_json(*planned).dump(2) + "\n");
      !written) {
    return report_error(context, written.error());
  }

  ProgressLine progress(context);
  RecordingOptions recording_options;
  recording_options.virtual_time = !options.real_time;
  recording_options.snapshot = !options.no_snapshot;
  recording_options.acceleration = options.acceleration;
  recording_options.environment = host_environment();
  recording_options.say = [&progress](std::string_view line) { progress.note(line); };
  recording_options.progress = [&progress](std::string_view line) { progress.show(line); };
  auto recording = make_recording(*rig, std::move(recording_options));
  if (!recording) {
    return report_error(context, recording.error());
  }
  std::vector<report::ScenarioReport> reports;
  const bool lines = planned->size() > 1 && !options.outputs.takes_standard_output();
  Batch batch(*planned, *directory, **recording,
              [&](const Planned& one, const std::optional<Error>& error) {
                progress.clear();
                if (error && (error->fault == Fault::lab || error->fault == Fault::timeout)) {
                  report_error(context, *error);
                }
                reports.push_back(report_of(one, error, *directory, *rig, context));
                if (lines) {
                  context.out << report::render_scenario_line(reports.back(), reports.size(),
                                                              planned->size(), context.out_style())
                              << std::flush;
                }
              });
  const auto ended = batch.run();
  progress.clear();
  return finish(report::make_run_report(std::move(reports), *directory), ended, options, context);
}

}  // namespace

void add_run(CLI::App& app, Context& context) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command =
      app.add_subcommand("run", "Record scenarios on a rig, judge them, report the verdict");
  command->add_option("path", options->paths, "Scenario files or folders (default: all)")
      ->type_name("PATH");
  add_rig_option(*command, options->rig);
  add_set_option(*command, options->overrides);
  command->add_option("--out", options->out, "Folder in which the run directory is made")
      ->type_name("FOLDER")
      ->envname("POSTASSOC_OUT")
      ->capture_default_str();
  add_output_options(*command, options->outputs);
  command->add_flag("--dry-run", options->dry_run, "Parse and plan everything, touch nothing");
  command
      ->add_option("--accel", options->acceleration,
                   "Virtual rig: auto, kvm or tcg (auto tries KVM for a moment)")
      ->check(CLI::IsMember({"auto", "kvm", "tcg"}))
      ->type_name("WHAT");
  command->add_flag(
      "--real-time", options->real_time,
      "Virtual rig: let the guest's time pass with the host's. Faster to boot, but what "
      "is measured then depends on how busy the host is");
  command->add_flag("--no-snapshot", options->no_snapshot,
                    "Virtual rig: boot, do not start from a snapshot");
  command->footer(
      R"(Everything is parsed and planned before a radio is touched. Evidence and reports are kept in
FOLDER/<time>-<id>/, and FOLDER/latest leads to the newest.

Examples:
  postassoc run scenarios/
  postassoc run scenarios/wpa2-psk/connect.json --set access_point.channel=6
  postassoc run --set station.credential=wrong scenarios/wpa2-psk/connect.json
  sudo postassoc run --rig my-rig.json scenarios/wpa2-psk/)");
  command->callback([options, &context] { context.exit_code = run(*options, context); });
}

}  // namespace postassoc
