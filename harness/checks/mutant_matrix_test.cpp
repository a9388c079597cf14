#include <cctype>
#include <iostream>

#include "harness/checks/matrix_text.h"

/// Every check judges every mutant: the check of the fault fails, and no other without a reason.
namespace postassoc::checks {

void PrintTo(const Mutant& mutant, std::ostream* out) {
  *out << mutant.name;
}

namespace {

using Row = std::vector<Verdict>;  // in the order of all_checks()

Row row_of(const Evidence& evidence) {
  const Verdicts found = verdicts(evidence);
  Row row;
  for (const Check& check : all_checks()) {
    const auto one = found.find(std::string(check.id));
    row.push_back(one == found.end() ? Verdict::not_applicable : one->second);
  }
  return row;
}

std::string in_name(std::string_view text) {
  std::string name;
  for (const char c : text) {
    name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  }
  return name;
}

class Fault : public testing::TestWithParam<Mutant> {};

TEST_P(Fault, makes_its_check_fail_and_no_other_without_a_reason) {
  const Mutant& mutant = GetParam();
  const Evidence before = sound(mutant).build();
  const Verdicts found_before = verdicts(before);
  ASSERT_EQ(with_verdict(found_before, Verdict::fail), std::set<std::string>{}) << told(before);
  ASSERT_EQ(found_before.at(std::string(mutant.fails)), Verdict::pass) << told(before);
  std::set<std::string> expected = {std::string(mutant.fails)};
  for (const Also& other : mutant.also) {
    EXPECT_FALSE(other.because.empty()) << other.check;
    expected.emplace(other.check);
  }
  const Evidence evidence = bent(mutant).build();
  EXPECT_EQ(with_verdict(verdicts(evidence), Verdict::fail), expected) << told(evidence);
  EXPECT_EQ(judge(evidence).verdict, Verdict::fail);
}

INSTANTIATE_TEST_SUITE_P(Mutants, Fault,
                         testing::ValuesIn(all_mutants().begin(), all_mutants().end()),
                         [](const auto& info) { return in_name(info.param.name); });

TEST(MutantMatrix, leaves_out_no_check_and_is_printed) {
  std::string text = matrix_head();
  const auto checks = all_checks();
  std::size_t cells = 0;
  std::set<std::string_view> caught;
  for (const Mutant& mutant : all_mutants()) {
    const Row row = row_of(bent(mutant).build());
    for (std::size_t i = 0; i < row.size(); ++i) {
      const bool own = checks[i].id == mutant.fails;
      text += own ? fmt::format(" [{}", letter(row[i])) : fmt::format("  {}", letter(row[i]));
      if (own && row[i] == Verdict::fail) {
        caught.insert(mutant.fails);
      }
      ++cells;
    }
    text += fmt::format("  {} ({})\n", mutant.name, mutant.fixture);
  }
  std::size_t judging = 0;
  for (const Check& check : checks) {
    // timing.ref-retry-schedule speaks of the access point, and never fails. Those of the IHV
    // contract are seen to fail by ihv_module_faults_test and ihv_host_faults_test: no recording
    // has calls of a module.
    if (!check.id.starts_with("gate.") && !check.id.starts_with("ihv.") &&
        check.id != "timing.ref-retry-schedule") {
      ++judging;
      EXPECT_TRUE(caught.contains(check.id)) << check.id << " was never seen to fail";
    }
  }
  std::cout << text
            << fmt::format(
                   "{} mutants x {} checks = {} verdicts; {} of {} checks seen to fail\n"
                   ". pass  F fail  ? inconclusive  - not applicable  i info  E error  [ its own\n",
                   all_mutants().size(), checks.size(), cells, caught.size(), judging);
}

}  // namespace
}  // namespace postassoc::checks
