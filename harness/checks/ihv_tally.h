#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/checks/check.h"
#include "harness/checks/finding.h"
#include "harness/checks/ihv_names.h"
#include "harness/checks/ihv_trace.h"

namespace postassoc::checks {

/// The judgement of one rule of the IHV contract: every occasion on which the rule speaks is looked
/// at, and what is wrong, doubtful or odd about it is noted; `finish` makes the finding.
class IhvTally {
 public:
  IhvTally(std::string_view check, const Evidence& evidence, std::string expected);

  const Evidence& evidence() const { return *evidence_; }
  const IhvTrace& trace() const { return trace_; }
  FindingBuilder& finding() { return finding_; }

  /// The rule speaks of this; the first few are named in the finding.
  void occasion(const Event& event);
  void occasion(const IhvCall& call) { occasion(*call.begin); }
  /// The rule is broken.
  void breach(const Event& event, std::string told);
  void breach(const IhvCall& call, std::string told) { breach(*call.begin, std::move(told)); }
  /// Against advice, or against what was only inferred: told with the pass.
  void warn(const Event& event, std::string told);
  void warn(const IhvCall& call, std::string told) { warn(*call.begin, std::move(told)); }
  /// The evidence does not suffice to say.
  void doubt(std::string told);
  void remark(std::string told) { remarks_.push_back(std::move(told)); }

  /// `noun` of the occasions, singular; `none` says why there were none. Breaches come before
  /// doubts, doubts before a pass; of a trace that does not begin with the loading nothing counts.
  /// Without any call of a module the rule does not apply, or, when the scenario names a module,
  /// nothing can be said.
  Finding finish(std::string_view noun, std::string none) const;

 private:
  std::string unusable() const;
  Finding without_trace() const;
  std::string with_remarks(std::string told) const;

  const Evidence* evidence_;
  IhvTrace trace_;
  FindingBuilder finding_;
  std::size_t occasions_ = 0;
  std::vector<std::pair<const Event*, std::string>> breaches_, warnings_;
  std::vector<std::string> doubts_, remarks_;
};

/// The scenario itself asks for this call of the host ("StopPostAssociate"): in a step, or in
/// `station.ihv.calls`.
bool scenario_calls(const Evidence& evidence, std::string_view call);

/// `station.ihv` of the scenario has this member ("send_errors").
bool scenario_has(const Evidence& evidence, std::string_view option);

/// Text of a check; what is usual for these rules where a member is empty.
struct IhvRule {
  std::string_view id, rule, why, source, provoke;
  std::string_view needs = "the trace of calls between the IHV module and its host";
  std::string_view inconclusive =
      "the station is an IHV module and there is no trace, or it ends before the rule is decided";
  std::vector<std::string_view> gates = {};
};
Check ihv_check(IhvRule rule, Finding (*judge)(const Evidence&));

}  // namespace postassoc::checks
