#include <CLI/CLI.hpp>
#include <memory>

#include "harness/commands/capture_check.h"
#include "harness/commands/commands.h"
#include "harness/commands/judging.h"
#include "harness/commands/outputs.h"
#include "harness/json_file.h"
#include "harness/report/capture.h"
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
  CaptureOptions capture;
  std::string limits;
  std::string profile;
  std::vector<std::string> checks;
};

/// What was given for this judgement instead of the scenario's own.
Result<JudgingTerms> terms_of(const CheckOptions& options) {
  JudgingTerms terms;
  if (!options.limits.empty()) {
    const auto document = read_json_file(options.limits);
    if (!document) {
      return document.error();
    }
    auto read = parse_judging_terms(*document, options.limits, checks::check_ids());
    if (!read) {
      return read.error();
    }
    terms = std::move(*read);
  }
  if (!options.profile.empty()) {
    terms.profile = profile_from(options.profile);
  }
  const std::vector<std::string> known = checks::check_ids();
  const CheckCatalogue catalogue(known);
  for (const std::string& pattern : options.checks) {
    if (!catalogue.knows(pattern)) {
      return Error{Fault::invalid_input, catalogue.refusal(pattern), "--checks"};
    }
  }
  terms.checks = catalogue.matching(options.checks);
  return terms;
}

bool is_capture(const std::string& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

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

Result<report::RunReport> judge_all(const CheckOptions& options) {
  const auto terms = terms_of(options);
  if (!terms) {
    return terms.error();
  }
  const std::vector<std::string>& paths = options.paths;
  if (paths.size() == 1 && is_capture(paths.front())) {
    return judge_capture(paths.front(), options.capture, *terms);
  }
  if (options.capture.any()) {
    return Error{Fault::invalid_input,
                 "network, station and secrets are named for a capture file; the evidence of a run "
                 "has its own",
                 paths.front()};
  }
  std::vector<report::ScenarioReport> scenarios;
  std::string version;
  for (const std::string& path : paths) {
    if (is_capture(path)) {
      return Error{Fault::invalid_input, "is a file: captures are judged one in a call", path};
    }
    auto run = judge_run(path, *terms);
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
    context.out << (run.capture ? report::render_capture(run, style)
                                : report::render_run(run, style));
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
  const auto run = judge_all(options);
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
  return run->capture && run->scenarios.empty() ? report::kExitLab : report::exit_code(*run);
}

void add_capture_options(CLI::App& command, CheckOptions& options) {
  constexpr const char* kGroup = "Of a capture file";
  CaptureOptions& capture = options.capture;
  command.add_option("--ssid", capture.ssid, "Only associations with this network")->group(kGroup);
  command.add_option("--bssid", capture.bssid, "Only this access point")
      ->type_name("ADDRESS")
      ->group(kGroup);
  command.add_option("--station", capture.station, "Only this station")
      ->type_name("ADDRESS")
      ->group(kGroup);
  command
      .add_option("--passphrase-file", capture.passphrase_files,
                  "Passphrases of the network, one a line")
      ->type_name("FILE")
      ->group(kGroup);
  command
      .add_option("--pmk-file", capture.pmk_files,
                  "PMKs in hexadecimal, one a line: for SAE, OWE and 802.1X")
      ->type_name("FILE")
      ->group(kGroup);
  command
      .add_flag("--decrypt-all", capture.decrypt_all,
                "Decrypt every data frame, not only those whose key is in doubt")
      ->group(kGroup);
}

void add_terms_options(CLI::App& command, CheckOptions& options) {
  command
      .add_option("--checks", options.checks,
                  "Judge these checks instead of those that the scenario asked for; '*' is all")
      ->type_name("PATTERN")
      ->allow_extra_args(false);
  command
      .add_option("--limits", options.limits,
                  "Judge by the limits and the profile of this file instead of the scenario's")
      ->type_name("FILE");
  command
      .add_option("--profile", options.profile, "Whose document is right where documents disagree")
      ->check(CLI::IsMember({"native", "compact", "wdi", "linux"}))
      ->type_name("native|compact|wdi|linux");
}

}  // namespace

void add_check(CLI::App& app, Context& context) {
  auto options = std::make_shared<CheckOptions>();
  CLI::App* command =
      app.add_subcommand("check", "Judge recorded evidence again, or any capture, without any rig");
  command
      ->add_option("path", options->paths,
                   "Run directory, the folder of one scenario, or a capture file")
      ->type_name("PATH")
      ->required();
  add_output_options(*command, options->outputs);
  command->add_flag("--findings", options->findings,
                    "Print findings.json of one scenario, byte for byte as the run wrote it");
  add_terms_options(*command, *options);
  add_capture_options(*command, *options);
  command->footer(R"(Never writes into the run directory. The exit code is that of a run.
A capture (pcap, pcapng, also gzipped; radiotap, PPI, plain 802.11, or EAPOL on Ethernet) is judged
association by association, worst first. Checks that need more than a capture say so and don't count.
A file for --limits: {"limits": {"timing.m3-m4": {"max_ms": 50}}, "profile": "compact"}

Examples:
  postassoc check runs/latest
  postassoc check runs/latest/wpa2-psk-connect --findings
  postassoc check runs/latest --junit junit.xml --json -
  postassoc check runs/latest --limits new.json
  postassoc check runs/2026-05-04 --checks '*'
  postassoc check air.pcapng --ssid lab --passphrase-file passphrase.txt
  postassoc check air.pcapng.gz --pmk-file pmk.txt --station 02:00:00:00:01:00)");
  command->callback([options, &context] { context.exit_code = check(*options, context); });
}

}  // namespace postassoc
