#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "harness/checks/evidence_builder.h"

/// Test support: the evidence of fixtures/evidence, as a rig recorded it. Header only, used by
/// tests only.
namespace postassoc::checks {

inline std::filesystem::path fixture_directory(std::string_view name) {
  return std::filesystem::path(POSTASSOC_SOURCE_DIR) / "fixtures" / "evidence" / name;
}

/// A fixture to be bent by a test; all checks are asked for, whatever its scenario named. The
/// builder's `air_eapol` and `inject_frame` number their frames for hand-made evidence only.
inline EvidenceBuilder recorded(std::string_view fixture) {
  static std::map<std::string, Evidence, std::less<>> read_before;
  auto found = read_before.find(fixture);
  if (found == read_before.end()) {
    auto evidence = read_evidence(fixture_directory(fixture));
    if (!evidence) {
      throw std::runtime_error(to_string(evidence.error()));
    }
    evidence->plan.checks = check_ids();
    evidence->plan.scenario.expected.clear();
    found = read_before.emplace(fixture, std::move(*evidence)).first;
  }
  EvidenceBuilder builder;
  builder.evidence = found->second;
  const auto events = found->second.timeline.events();
  builder.events.assign(events.begin(), events.end());
  return builder;
}

using Verdicts = std::map<std::string, Verdict>;

inline Verdicts verdicts(const Evidence& evidence) {
  Verdicts verdicts;
  for (const Finding& finding : judge(evidence).findings) {
    verdicts.emplace(finding.check, finding.verdict);
  }
  return verdicts;
}

/// The checks that came to this verdict.
inline std::set<std::string> with_verdict(const Verdicts& verdicts, Verdict verdict) {
  std::set<std::string> ids;
  for (const auto& [id, found] : verdicts) {
    if (found == verdict) {
      ids.insert(id);
    }
  }
  return ids;
}

/// What every finding says, for the message of a failed test.
inline std::string told(const Evidence& evidence) {
  std::string text;
  for (const Finding& finding : judge(evidence).findings) {
    text += std::string("\n  ") + std::string(to_string(finding.verdict)) + " " + finding.check +
            ": " + finding.summary;
  }
  return text;
}

// Names of the fixtures.
inline constexpr const char* kConnect = "wpa2-psk-connect";
inline constexpr const char* kConnectSha256 = "wpa2-psk-connect-sha256";
inline constexpr const char* kMessage3Again = "wpa2-psk-message-3-again";
inline constexpr const char* kUnencrypted = "wpa2-psk-unencrypted-after-keys";
inline constexpr const char* kWrongPassphrase = "wpa2-psk-wrong-passphrase";
inline constexpr const char* kOpen = "open-plain-frames-delivered";
inline constexpr const char* kWrongCredential = "wpa2-psk-connect-wrong-credential";
inline constexpr const char* kHostapdTerminated = "hostapd-terminated";

}  // namespace postassoc::checks
