#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "harness/checks/check.h"
#include "harness/commands/batch.h"
#include "harness/commands/commands.h"
#include "harness/commands/host_inspection.h"
#include "harness/commands/judging.h"
#include "harness/commands/outputs.h"
#include "harness/commands/progress_line.h"
#include "harness/commands/selection.h"
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
  SelectionOptions selection;
  std::vector<std::string> rigs;
  int jobs = 0;  ///< 0: as many as there are rigs
  std::string out = "runs";
  Outputs outputs;
  std::string acceleration = "auto";
  bool real_time = false;
  bool no_snapshot = false;
  bool dry_run = false;
};

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

/// What came of one planned scenario, and what went wrong with keeping it.
struct Judged {
  report::ScenarioReport report;
  std::optional<Error> trouble = {};
};

/// From its files.
Judged judge_planned(const Planned& one, const std::optional<Error>& error,
                     const fs::path& directory, const RigSpec& rig) {
  if (const auto* skip = std::get_if<Skip>(&one)) {
    return {report::make_skip_report(*skip, rig.id)};
  }
  const Plan& plan = std::get<Plan>(one);
  const auto judged = judge_directory(directory / plan.slug);
  if (!judged) {
    return {report::make_error_report(plan, error.value_or(judged.error()))};
  }
  const auto written = write_findings(*judged);
  return {*judged, written ? std::nullopt : std::optional(written.error())};
}

Result<> write_reports(const report::RunReport& run) {
  for (const auto& [name, text] :
       {std::pair("report.json", report::report_json(run)),
        std::pair("junit.xml", report::junit_xml(run)),
        std::pair("sheet.txt", run.sheet ? report::render_sheet(*run.sheet, {.verbose = true})
                                         : std::string())}) {
    if (text.empty()) {
      continue;
    }
    if (const auto written = write_text_file(run.directory / name, text); !written) {
      return written.error();
    }
  }
  return {};
}

void show(const report::RunReport& run, Context& context) {
  const report::ConsoleStyle style = context.out_style();
  if (context.quiet) {
    context.out << report::render_summary(run, style)
                << (run.sheet ? "\n" + report::render_sheet(*run.sheet, style) : "");
    return;
  }
  const std::string folder = run.directory.string();
  context.out << report::render_run(run, style) << "  reports       "
              << report::printable(folder + "/report.json, " + folder + "/junit.xml" +
                                   (run.sheet ? ", " + folder + "/sheet.txt" : ""))
              << "\n";
}

int finish(report::RunReport run, const Result<>& ended, const RunOptions& options,
           Context& context) {
  if (const auto written = write_reports(run); !written) {
    report_error(context, written.error());
  }
  if (!options.outputs.takes_standard_output() && !run.scenarios.empty()) {
    show(run, context);
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

/// What each worker is about, in one line.
class JobsProgress {
 public:
  JobsProgress(Context& context, std::size_t jobs) : line_(context), texts_(jobs) {}

  void show(std::size_t job, std::string_view text) {
    if (texts_.size() == 1) {
      line_.show(text);
      return;
    }
    texts_[job] = text;
    line_.show_part(prefix(job) + texts_[job], fmt::format("{}", fmt::join(shown(), "   ")));
  }
  void note(std::size_t job, std::string_view text) {
    line_.note((texts_.size() == 1 ? "" : prefix(job)) + std::string(text));
  }
  void clear() { line_.clear(); }

 private:
  static std::string prefix(std::size_t job) { return fmt::format("[job {}] ", job + 1); }
  std::vector<std::string> shown() const {
    std::vector<std::string> parts;
    for (std::size_t job = 0; job < texts_.size(); ++job) {
      parts.push_back(prefix(job) + texts_[job]);
    }
    return parts;
  }

  ProgressLine line_;
  std::vector<std::string> texts_;
};

Result<std::vector<Worker>> make_workers(const std::vector<RigSpec>& rigs,
                                         const RunOptions& options, JobsProgress& progress) {
  std::vector<Worker> workers;
  const nlohmann::json environment = host_environment();
  for (std::size_t job = 0; job < rigs.size(); ++job) {
    RecordingOptions recording;
    recording.virtual_time = !options.real_time;
    recording.snapshot = !options.no_snapshot;
    recording.acceleration = options.acceleration;
    recording.environment = environment;
    recording.say = [&progress, job](std::string_view line) { progress.note(job, line); };
    recording.progress = [&progress, job](std::string_view line) { progress.show(job, line); };
    auto made = make_recording(rigs[job], std::move(recording));
    if (!made) {
      return made.error();
    }
    workers.push_back({rigs[job], std::move(*made)});
  }
  return workers;
}

/// Collects what came of the scenarios, and says it line by line.
class Reports {
 public:
  Reports(std::size_t expected, const RunOptions& options, Context& context)
      : expected_(expected),
        lines_(expected > 1 && !options.outputs.takes_standard_output()),
        context_(context) {}

  void add(Judged judged, const std::optional<Error>& error) {
    if (error && (error->fault == Fault::lab || error->fault == Fault::timeout)) {
      report_error(context_, *error);
    }
    if (judged.trouble) {
      report_error(context_, *judged.trouble);
    }
    reports_.push_back(std::move(judged.report));
    if (lines_) {
      context_.out << report::render_scenario_line(reports_.back(), reports_.size(), expected_,
                                                   context_.out_style())
                   << std::flush;
    }
  }
  std::vector<report::ScenarioReport> take() { return std::move(reports_); }

 private:
  std::size_t expected_;
  bool lines_;
  Context& context_;
  std::vector<report::ScenarioReport> reports_;
};

int record(const Selection& selection, const std::vector<RigSpec>& rigs, const fs::path& directory,
           const RunOptions& options, Context& context) {
  JobsProgress progress(context, rigs.size());
  auto workers = make_workers(rigs, options, progress);
  if (!workers) {
    return report_error(context, workers.error());
  }
  Reports reports(selection.planned.size(), options, context);
  Batch::Callbacks callbacks;
  if (rigs.size() > 1) {
    callbacks.on_start = [&](std::size_t job, const Plan& plan) {
      progress.show(job, plan.scenario.name);
    };
  }
  callbacks.judge = [&](const Planned& one, const std::optional<Error>& error) -> Batch::Tell {
    return [&, error, judged = judge_planned(one, error, directory, rigs.front())] {
      progress.clear();
      reports.add(judged, error);
    };
  };
  callbacks.on_lost = [&](std::size_t job, const Error& error) {
    progress.note(job, "its rig is lost, the others go on: " + to_string(error));
  };
  const auto ended =
      Batch(selection.planned, directory, std::move(*workers), std::move(callbacks)).run();
  progress.clear();
  report::RunReport run = report::make_run_report(reports.take(), directory);
  if (selection.suite && !selection.suite->sheet.empty()) {
    run.sheet = report::make_sheet(*selection.suite, run.scenarios);
  }
  return finish(std::move(run), ended, options, context);
}

int run(const RunOptions& options, Context& context) {
  const auto rigs = rigs_for_jobs(options.rigs, options.jobs);
  if (!rigs) {
    return report_error(context, rigs.error());
  }
  const auto selection = select_for_run(options.selection, rigs->front(), context);
  if (!selection) {
    return report_error(context, selection.error());
  }
  if (selection->planned.empty()) {
    context.err << "nothing selected\n";
    return report::kExitNothingSelected;
  }
  if (options.dry_run) {
    return show_plan(selection->planned, context);
  }
  const auto directory = create_run_directory(options.out);
  if (!directory) {
    return report_error(context, directory.error());
  }
  const auto plan = run_plan_json(selection->planned, selection->suite);
  if (const auto written = write_text_file(*directory / "plan.json", plan.dump(2) + "\n");
      !written) {
    return report_error(context, written.error());
  }
  return record(*selection, *rigs, *directory, options, context);
}

}  // namespace

void add_run(CLI::App& app, Context& context) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command =
      app.add_subcommand("run", "Record scenarios on a rig, judge them, report the verdict");
  SelectionOptions& selection = options->selection;
  command->add_option("path", selection.paths, "Scenario files or folders (default: all)")
      ->type_name("PATH");
  command
      ->add_option("--suite", selection.suite,
                   "A suite instead: its name (see `list suites`) or its file")
      ->type_name("NAME|FILE");
  command
      ->add_option("--rig", options->rigs,
                   "Rig file; the virtual rig when none is named; repeated with --jobs")
      ->type_name("FILE")
      ->envname("POSTASSOC_RIG")
      ->allow_extra_args(false);
  command
      ->add_option("--jobs", options->jobs,
                   "Scenarios at once: each on a guest of the virtual rig, or a rig of its own")
      ->check(CLI::Range(1, 64))
      ->type_name("N");
  command
      ->add_option("--seed", selection.seed,
                   "Repeatable: passphrases and tags follow from this number. For a lab only: "
                   "whoever knows it knows the passphrases")
      ->check(CLI::Range(std::uint64_t{0}, static_cast<std::uint64_t>(kLargestSeed)))
      ->type_name("N");
  add_set_option(*command, selection.overrides);
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
  postassoc run --suite smoke --jobs 2
  postassoc run scenarios/wpa2-psk/connect.json --set access_point.channel=6
  postassoc run --set station.credential=wrong scenarios/wpa2-psk/connect.json
  sudo postassoc run --rig my-rig.json scenarios/wpa2-psk/)");
  command->callback([options, &context] { context.exit_code = run(*options, context); });
}

}  // namespace postassoc
