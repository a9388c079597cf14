#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/ihv_lists.h"
#include "harness/checks/ihv_tally.h"
#include "harness/checks/registry.h"

/// What pre-association has to prepare: PA-05 to PA-07 of the IHV contract.
namespace postassoc::checks {
namespace {

/// The successful call of `function` that was the last within a pre-association; null without.
const IhvCall* chosen(const IhvTrace& trace, const IhvPreAssociation& pre,
                      std::string_view function) {
  const IhvCall* last = nullptr;
  for (const IhvCall* call : trace.calls_of(function)) {
    const bool inside =
        call->begin_at > pre.perform->begin_at && call->begin_at < pre.completion->begin_at;
    last = inside && call->succeeded() ? call : last;
  }
  return last;
}

/// What was associated with has to be what was chosen.
void judge_choice(IhvTally& tally, const IhvSession& session, const IhvPreAssociation& pre,
                  std::string_view function, const char* associated, bool required) {
  const IhvCall* call = chosen(tally.trace(), pre, function);
  if (call == nullptr) {
    if (required) {
      tally.breach(*session.perform,
                   fmt::format("no {} succeeded between PerformPreAssociate and the successful "
                               "PreAssociateCompletion",
                               function));
    }
    return;
  }
  const auto algorithm = call->argument("algorithm");
  const auto used = session.perform->argument(associated);
  if (algorithm && used && *algorithm != *used) {
    tally.breach(*session.perform, fmt::format("{} chose {}, and the association has {}", function,
                                               *algorithm, *used));
  }
}

void judge_each_choice(IhvTally& tally, std::string_view function) {
  for (const IhvCall* call : tally.trace().calls_of(function)) {
    if (call->argument_flag("supported") == false) {
      tally.breach(*call, fmt::format("{} was given {}, which the adapter does not report as "
                                      "supported",
                                      name_of(*call), call->argument("algorithm").value_or(-1)));
    }
    if (phase_at(tally.trace(), call->begin_at) == IhvPhase::pre_done) {
      tally.breach(*call, fmt::format("{} came after the successful PreAssociateCompletion",
                                      name_of(*call)));
    }
  }
}

/// SEED; PREO; D:set_auth_algorithm.
Finding judge_algorithms(const Evidence& evidence) {
  IhvTally tally("ihv.pa-05", evidence,
                 "the algorithms of the association were set in pre-association, with values that "
                 "the adapter supports");
  const IhvTrace& trace = tally.trace();
  for (const IhvSession& session : trace.sessions()) {
    const IhvPreAssociation pre = pre_association_at(trace, session.perform->begin_at);
    if (pre.perform == nullptr || pre.completion == nullptr) {
      tally.doubt("the trace has no successful pre-association before PerformPostAssociate");
      continue;
    }
    tally.occasion(*session.perform);
    judge_choice(tally, session, pre, ihv::kSetAuthAlgorithm, "auth", true);
    judge_choice(tally, session, pre, ihv::kSetUnicastCipher, "unicast", false);
    judge_choice(tally, session, pre, ihv::kSetMulticastCipher, "multicast", false);
  }
  for (const auto function :
       {ihv::kSetAuthAlgorithm, ihv::kSetUnicastCipher, ihv::kSetMulticastCipher}) {
    judge_each_choice(tally, function);
  }
  return tally.finish("PerformPostAssociate call", "PerformPostAssociate was not called");
}

/// D:set_ethertype_handling; ETH; RECV.
Finding judge_ethertype_window(const Evidence& evidence) {
  IhvTally tally("ihv.pa-06", evidence,
                 "SetEtherTypeHandling inside InitAdapter or before the successful "
                 "PreAssociateCompletion");
  for (const IhvCall* call : tally.trace().calls_of(ihv::kSetEtherTypeHandling)) {
    tally.occasion(*call);
    if (phase_at(tally.trace(), call->begin_at) == IhvPhase::pre_done) {
      tally.breach(*call, fmt::format("{} came after the successful PreAssociateCompletion",
                                      name_of(*call)));
    }
  }
  return tally.finish("SetEtherTypeHandling call", "SetEtherTypeHandling was not called");
}

std::string swapped(const std::string& ethertype) {
  return ethertype.size() == 4 ? ethertype.substr(2) + ethertype.substr(0, 2) : ethertype;
}

/// EtherTypes of security and of IP, by the octets that big-endian order puts into memory.
bool is_known(const std::string& ethertype) {
  constexpr std::array kKnown = {"888e", "88c7", "88b4", "890d", "0800", "0806",
                                 "86dd", "8100", "88e5", "8863", "8864"};
  return std::find(kKnown.begin(), kKnown.end(), ethertype) != kKnown.end();
}

void judge_order(IhvTally& tally, const IhvCall& call, const std::string& ethertype) {
  if (is_known(ethertype) || !is_known(swapped(ethertype))) {
    return;
  }
  const std::string told = fmt::format(
      "{} has the octets {}: big-endian that is 0x{}, which nobody uses; swapped it "
      "would be 0x{}",
      name_of(call), ethertype, ethertype, swapped(ethertype));
  if (tally.trace().enclosing(call, ihv::kInitAdapter) != nullptr) {
    tally.warn(call, told);
  } else {
    tally.breach(call, told);
  }
}

/// D:set_ethertype_handling, D:DOT11_PRIVACY_EXEMPTION.
Finding judge_byte_order(const Evidence& evidence) {
  IhvTally tally("ihv.pa-07", evidence, "EtherTypes in big-endian order: 0x888E as 88 8E");
  for (const IhvCall* call : tally.trace().calls_of(ihv::kSetEtherTypeHandling)) {
    const IhvLists lists = lists_of(*call);
    for (const std::string& ethertype : lists.registrations) {
      tally.occasion(*call);
      judge_order(tally, *call, ethertype);
    }
    for (const IhvExemption& exemption : lists.exemptions) {
      tally.occasion(*call);
      judge_order(tally, *call, exemption.ethertype);
    }
  }
  return tally.finish("EtherType", "no EtherType was registered or exempted");
}

}  // namespace

std::vector<Check> ihv_preparation_checks() {
  return {
      ihv_check(
          {.id = "ihv.pa-05",
           .rule = "The authentication algorithm of the association was enabled with "
                   "SetAuthAlgorithm during its pre-association, with a value that the "
                   "adapter supports; ciphers likewise where they are set; none is set later.",
           .why = "The miniport associates with what was enabled then; a later call changes "
                  "the algorithm under a running association.",
           .source = "IHV contract PA-05 (module; seed): Performing a Post-Association "
                     "Operation; Pre-Association Operation Overview",
           .provoke = "any scenario with station.module that associates",
           .inconclusive = "the trace lacks the pre-association"},
          judge_algorithms),
      ihv_check({.id = "ihv.pa-06",
                 .rule = "SetEtherTypeHandling is called inside InitAdapter or before the "
                         "successful PreAssociateCompletion, never later.",
                 .why = "The lists belong to the connection; changed during an association, "
                        "security packets get lost or unencrypted data gets in.",
                 .source = "IHV contract PA-06 (module; documented): DOT11EXT_SET_ETHERTYPE_"
                           "HANDLING; IEEE EtherType Handling; Receive Operations",
                 .provoke = "any scenario with station.module that associates"},
                judge_ethertype_window),
      ihv_check({.id = "ihv.pa-07",
                 .rule = "EtherTypes of both lists are in big-endian order (inside InitAdapter a "
                         "known sample's slip is told as a warning).",
                 .why = "Swapped, the registration is for a type that nobody sends: the module "
                        "never sees a security packet.",
                 .source = "IHV contract PA-07 (module; documented): DOT11EXT_SET_ETHERTYPE_"
                           "HANDLING, DOT11_PRIVACY_EXEMPTION",
                 .provoke = "any scenario with station.module that associates"},
                judge_byte_order),
  };
}

}  // namespace postassoc::checks
