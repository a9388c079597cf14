#include "harness/verdict.h"

#include <array>

namespace postassoc {

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::not_applicable:
      return "not_applicable";
    case Verdict::info:
      return "info";
    case Verdict::pass:
      return "pass";
    case Verdict::inconclusive:
      return "inconclusive";
    case Verdict::fail:
      return "fail";
    case Verdict::error:
      return "error";
  }
  return "?";
}

std::optional<Verdict> verdict_from(std::string_view word) {
  constexpr std::array kAll = {Verdict::not_applicable, Verdict::info, Verdict::pass,
                               Verdict::inconclusive,   Verdict::fail, Verdict::error};
  for (const Verdict verdict : kAll) {
    if (to_string(verdict) == word) {
      return verdict;
    }
  }
  return std::nullopt;
}

}  // namespace postassoc
