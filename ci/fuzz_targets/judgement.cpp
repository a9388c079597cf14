#include <fmt/format.h>

#include "ci/fuzz_targets/fuzz_targets.h"
#include "ci/fuzz_targets/parts.h"
#include "ci/fuzz_targets/scratch_folder.h"
#include "harness/checks/check.h"
#include "harness/checks/registry.h"
#include "harness/commands/capture_check.h"
#include "harness/evidence.h"
#include "harness/frames/byte_writer.h"
#include "harness/frames/pcap_format.h"
#include "harness/json_file.h"
#include "harness/report/capture.h"
#include "harness/report/console.h"
#include "harness/report/json.h"
#include "harness/report/junit.h"

namespace postassoc::fuzz {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFrames = 400;

fs::path recorded() {
  return fs::path(POSTASSOC_SOURCE_DIR) / "fixtures/evidence";
}

/// A file with the PMKs of some recordings, of different AKMs: mutations of these decrypt.
const fs::path& pmk_file() {
  static const ScratchFolder folder;
  static const fs::path file = [] {
    std::string lines;
    for (const char* name :
         {"wpa2-psk-message-3-again", "rekey-ptk-pmf", "networks-wpa3-sae", "networks-ft-psk"}) {
      const auto document = read_json_file(recorded() / name / evidence_file::kSecrets).value();
      const Secrets secrets = secrets_from_json(document).value();
      lines += to_hex(secrets.pmk.empty() ? secrets.pmks.front() : secrets.pmk) + "\n";
    }
    return folder.write("pmks", as_bytes(lines));
  }();
  return file;
}

void show(const report::RunReport& run) {
  const report::ConsoleStyle style{};
  (void)report::render_run(run, style);
  (void)report::report_json(run);
  (void)report::junit_xml(run);
}

/// Recorded evidence whose timeline is replaced again and again.
const ScratchFolder& run_folder() {
  static const ScratchFolder folder;
  static const bool copied = [] {
    fs::copy(recorded() / "wpa2-psk-message-3-again", folder.path(),
             fs::copy_options::recursive | fs::copy_options::overwrite_existing);
    return true;
  }();
  (void)copied;
  return folder;
}

}  // namespace

void air(ByteView input) {
  static const ScratchFolder folder;
  ByteWriter file;
  file.bytes(pcap_file_header(kLinkTypeRadiotap));
  std::chrono::nanoseconds time = std::chrono::seconds(1700000000);
  for (const Bytes& frame : split(PartsFormat::frames, input.first(std::min<std::size_t>(
                                                           input.size(), kMostFrames * 400)))) {
    file.bytes(pcap_record(time += std::chrono::milliseconds(1), frame));
  }
  CaptureOptions options;
  options.pmk_files = {pmk_file().string()};
  options.decrypt_all = true;
  const auto run = judge_capture(folder.write("air.pcap", file.take()), options, {});
  if (run) {
    (void)report::render_capture(*run, {});
    show(*run);
  }
}

void timeline(ByteView input) {
  const ScratchFolder& folder = run_folder();
  folder.write(evidence_file::kTimeline, input);
  Evidence evidence = read_evidence(folder.path()).value();
  evidence.plan.checks = checks::check_ids();
  auto scenario = report::make_report(evidence, checks::judge(evidence));
  (void)report::findings_json(scenario);
  show(report::make_run_report({std::move(scenario)}, folder.path()));
}

}  // namespace postassoc::fuzz
