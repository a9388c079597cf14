#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "harness/air.h"
#include "harness/judging_terms.h"
#include "harness/report/model.h"
#include "harness/result.h"

namespace postassoc {

/// What to judge in a capture file, as the command line says it.
struct CaptureOptions {
  std::string ssid, bssid, station;           ///< only these; empty: any
  std::vector<std::string> passphrase_files;  ///< a passphrase a line
  std::vector<std::string> pmk_files;         ///< 64 or 96 hexadecimal digits a line
  bool decrypt_all = false;                   ///< every data frame, not only those in doubt

  bool any() const {
    return !ssid.empty() || !bssid.empty() || !station.empty() || !passphrase_files.empty() ||
           !pmk_files.empty() || decrypt_all;
  }
};

/// The secrets of those files. An Error names file and line, never the secret.
Result<AirSecrets> read_secrets(const CaptureOptions& options);

/// Judges every association of the capture by itself, and those of one station against each other:
/// a report whose "scenarios" are the associations, worst first. Only the worst few hundred keep
/// all of their findings.
Result<report::RunReport> judge_capture(const std::filesystem::path& file,
                                        const CaptureOptions& options, const JudgingTerms& terms);

}  // namespace postassoc
