#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "harness/checks/evidence_builder.h"
#include "harness/checks/mutants.h"

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
  return EvidenceBuilder(found->second);
}

using Verdicts = std::map<std::string, Verdict>;

/// Without gate.mutants-caught, which judges every mutant itself.
inline Verdicts verdicts(const Evidence& evidence) {
  Verdicts verdicts;
  for (const Finding& finding : judge_unproved(evidence)) {
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
  for (const Finding& finding : judge_unproved(evidence)) {
    text += std::string("\n  ") + std::string(to_string(finding.verdict)) + " " + finding.check +
            ": " + finding.summary;
  }
  return text;
}

using namespace fixture;

}  // namespace postassoc::checks
