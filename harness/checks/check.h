#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/evidence.h"
#include "harness/verdict.h"

namespace postassoc::checks {

/// A named rule. `judge` is a pure function of the evidence; it never throws on odd evidence and
/// says `inconclusive`, with the reason, when what it needs is not there.
struct Check {
  std::string_view id;            ///< stable and public: scenarios, reports, histories
  std::string_view rule;          ///< what must hold, one sentence
  std::string_view why;           ///< what goes wrong in the field when it does not
  std::string_view source;        ///< clause, CVE, header, document
  std::string_view needs;         ///< which evidence
  std::string_view inconclusive;  ///< when it can't say
  std::string_view provoke;       ///< how a scenario makes it matter
  /// Ids of gates. A gate says `pass`, `inconclusive` or `not_applicable`, never `fail`: it speaks
  /// of the lab. One that is inconclusive makes a pass inconclusive, and a fail too, unless
  /// `fail_stands_alone`.
  std::vector<std::string_view> gates;
  Finding (*judge)(const Evidence&);
  /// A fail rests on positive evidence (a frame delivered, a key installed twice) and needs no
  /// gate.
  bool fail_stands_alone = false;
  /// It compares several associations of a station: one alone says nothing.
  bool across_associations = false;
  /// An air capture can decide it, without kernel, scenario or the station's own capture. Of a
  /// capture alone only such checks count towards the verdict; the others say what they lack.
  bool air_suffices = false;
};

/// Every check in the order in which they are reported; gates first.
std::span<const Check> all_checks();
std::vector<std::string> check_ids();
/// Nothing when there is none of that id.
const Check* find_check(std::string_view id);

/// The findings of one scenario and what they amount to.
struct Judgement {
  std::vector<Finding> findings;  ///< gates first, then the plan's checks in the catalogue's order
  Verdict verdict = Verdict::inconclusive;
  std::string summary;  ///< the one finding that decided, in a sentence
};

/// Judges all checks of the plan, all gates they need, `run.completed`, and of what passes whether
/// it could have failed (gate.mutants-caught). Gates count only through the checks that they
/// guard. Where the scenario expects another verdict than `pass` of a
/// check, that verdict counts as pass and a pass as fail; the finding keeps what was found. A
/// scenario of which nothing but `not_applicable` and `info` can be said is inconclusive. Of a
/// capture alone there is no `run.completed`, and only checks that the air decides count.
Judgement judge(const Evidence& evidence);

/// The same findings as they are before gate.mutants-caught, which is not among them, and without
/// regard to what the scenario expects: for who judges many variants of one evidence.
std::vector<Finding> judge_unproved(const Evidence& evidence);

}  // namespace postassoc::checks
