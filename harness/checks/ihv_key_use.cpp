#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/excl_injected.h"
#include "harness/checks/ihv_keys.h"
#include "harness/checks/ihv_tally.h"
#include "harness/checks/kernel_events.h"
#include "harness/checks/registry.h"

/// Keys and unencrypted traffic: PA-46 and PA-50 to PA-52 of the IHV contract.
namespace postassoc::checks {
namespace {

/// How far the stamps of trace and kernel may be apart.
constexpr std::chrono::nanoseconds kStampsApart = std::chrono::milliseconds(2);

bool in_session(const IhvKeyCall& key, const IhvSession& session) {
  return session.contains(key.call->begin_at);
}

/// A key that the kernel was given while no key call was under way.
void judge_kernel_keys(IhvTally& tally, const std::vector<IhvKeyCall>& keys) {
  const Evidence& evidence = tally.evidence();
  if (const auto why = key_trace_unusable(evidence)) {
    tally.doubt("which keys the adapter was given is not shown: " + *why);
    return;
  }
  for (const KeyInstall& install : key_installs(evidence, Side::station)) {
    const bool called = std::any_of(keys.begin(), keys.end(), [&](const IhvKeyCall& key) {
      return !key.deletes && key.call->returned() &&
             install.time() >= key.call->begin->time - kStampsApart &&
             install.time() <= key.call->end->time + kStampsApart;
    });
    if (called) {
      tally.finding().event(*install.request);
    } else {
      tally.breach(*install.request, "the adapter was given a key while no key call was under way");
    }
  }
}

/// SEED; ONEX.
Finding judge_keys_by_calls(const Evidence& evidence) {
  IhvTally tally("ihv.pa-46", evidence, "the adapter's keys come from the module's key calls only");
  const auto keys = ihv_key_calls(tally.trace());
  bool any = false;
  for (const IhvSession& session : tally.trace().sessions()) {
    const IhvCall* success = session.success();
    if (success == nullptr || session.perform->argument("unicast").value_or(0) == 0) {
      continue;
    }
    tally.occasion(*success);
    any = true;
    if (std::none_of(keys.begin(), keys.end(), [&](const IhvKeyCall& key) {
          return in_session(key, session) && !key.deletes && !key.call->refused();
        })) {
      tally.breach(*success, "encryption is in use, and no key was downloaded in this session");
    }
  }
  if (any) {
    judge_kernel_keys(tally, keys);
  }
  return tally.finish("encrypted port", "no operation succeeded on an encrypted network");
}

/// Keys of the session before have to be gone when this one starts.
void judge_cleared(IhvTally& tally, const std::vector<IhvKeyCall>& keys,
                   const IhvSession& session) {
  const IhvTrace& trace = tally.trace();
  const IhvKeyCall* last = nullptr;
  for (const IhvKeyCall& key : keys) {
    if (key.call->begin_at < session.perform->begin_at && !key.call->refused()) {
      last = &key;
    }
  }
  if (last == nullptr) {
    return;
  }
  bool disconnected = false;
  bool associated = false;
  for (const IhvMark& mark : trace.marks("ihv_keys_cleared")) {
    const bool between = mark.at > last->call->begin_at && mark.at < session.perform->begin_at;
    disconnected = disconnected || between;
    associated = associated || (between && text(*mark.event, "why") == "association");
  }
  tally.occasion(*session.perform);
  if (trace.marks("ihv_keys_cleared").empty()) {
    tally.doubt("the trace does not tell when keys are cleared");
  } else if (!disconnected) {
    tally.breach(*session.perform,
                 fmt::format("session {} starts with the keys of the one before", session.id));
  } else if (!associated) {
    tally.breach(*session.perform,
                 fmt::format("keys were not cleared at the association of session {}", session.id));
  }
}

/// A session that succeeds needs keys of its own where one before did.
void judge_own_keys(IhvTally& tally, const std::vector<IhvKeyCall>& keys, const IhvSession& session,
                    bool pairwise) {
  const IhvCall* success = session.success();
  const auto downloads = [&](const IhvKeyCall& key) {
    return !key.deletes && !key.call->refused() && key.pairwise() == pairwise &&
           !is_management_cipher(key.cipher);
  };
  const bool earlier = std::any_of(keys.begin(), keys.end(), [&](const IhvKeyCall& key) {
    return downloads(key) && key.call->begin_at < session.perform->begin_at;
  });
  const bool own = std::any_of(keys.begin(), keys.end(), [&](const IhvKeyCall& key) {
    return downloads(key) && in_session(key, session);
  });
  if (success != nullptr && earlier && !own) {
    tally.breach(*success, fmt::format("session {} succeeded on the {} key of an earlier one",
                                       session.id, pairwise ? "pairwise" : "group"));
  }
}

/// D; O:ASSOCIATION_COMPLETION.
Finding judge_keys_renewed(const Evidence& evidence) {
  IhvTally tally("ihv.pa-50", evidence,
                 "keys of a session are cleared before the next, which downloads its own");
  const auto keys = ihv_key_calls(tally.trace());
  for (const IhvSession& session : tally.trace().sessions()) {
    judge_cleared(tally, keys, session);
    judge_own_keys(tally, keys, session, true);
    judge_own_keys(tally, keys, session, false);
  }
  return tally.finish("later session", "no session followed one that had keys");
}

/// A key of the same kind was downloaded after all: one that was refused for its arguments comes
/// again with others.
/// A key of the same kind was downloaded after all: one that was refused for its arguments comes
/// again with others.
bool made_good(const std::vector<IhvKeyCall>& keys, const IhvKeyCall& failed, std::size_t until) {
  return std::any_of(keys.begin(), keys.end(), [&](const IhvKeyCall& key) {
    return key.call->begin_at > failed.call->begin_at && key.call->begin_at < until &&
           key.call->succeeded() && !key.deletes && key.pairwise() == failed.pairwise();
  });
}

/// Judgement, inferred.
Finding judge_key_errors(const Evidence& evidence) {
  IhvTally tally("ihv.pa-51", evidence, "no success after a key call failed, without a good retry");
  const auto keys = ihv_key_calls(tally.trace());
  for (const IhvKeyCall& key : keys) {
    const auto adapter_said = key.call->out("adapter_error");
    if (key.call->succeeded() && adapter_said.value_or(0) != 0) {
      tally.breach(*key.call, fmt::format("{} returned success, and the adapter had refused the "
                                          "key with error {}",
                                          name_of(*key.call), *adapter_said));
    }
    if (!key.call->refused() || key.deletes) {
      continue;
    }
    tally.occasion(*key.call);
    const IhvSession* session = tally.trace().session_at(key.call->begin_at);
    const IhvCall* success = session == nullptr ? nullptr : session->success();
    if (success != nullptr && success->begin_at > key.call->begin_at &&
        !made_good(keys, key, success->begin_at)) {
      tally.breach(*success, fmt::format("success was reported although {} had failed with error "
                                         "{}, and was not repeated",
                                         name_of(*key.call), *key.call->error));
    }
  }
  return tally.finish("failed key call", "no key call failed");
}

/// Whether exclusion was on at a moment: the latest successful call since the last reset.
bool excludes_at(const IhvTrace& trace, std::size_t at) {
  const IhvCall* set = trace.last_before(ihv::kSetExcludeUnencrypted, at);
  while (set != nullptr && !set->succeeded()) {
    set = trace.last_before(ihv::kSetExcludeUnencrypted, set->begin_at);
  }
  const IhvCall* reset = trace.last_before(ihv::kAdapterReset, at);
  return set != nullptr && set->argument_flag("on") == true &&
         (reset == nullptr || reset->begin_at < set->begin_at);
}

bool is_excluded_data(const Injected& one) {
  return is_plain_data(one) && !one.to_group;
}

bool is_asked_data(const step::Inject& step) {
  return step.frame != step::FrameKind::eapol && !step.to_group;
}

/// What the station does with unprotected unicast frames, where some were injected.
Finding judge_frames(const Evidence& evidence, Finding called) {
  FindingBuilder finding("ihv.pa-52", evidence);
  finding.expect(called.expected);
  Finding frames = judge_not_delivered(
      finding, evidence,
      {.noun = "plain unicast frame", .concerns = is_excluded_data, .asked = is_asked_data});
  if (frames.verdict == Verdict::not_applicable) {
    called.summary += "; no unprotected frame was injected to show it";
    return called;
  }
  frames.events.insert(frames.events.end(), called.events.begin(), called.events.end());
  return frames;
}

/// SEED; D:set_exclude_unencrypted; O:OID_DOT11_EXCLUDE_UNENCRYPTED.
Finding judge_exclusion(const Evidence& evidence) {
  IhvTally tally("ihv.pa-52", evidence,
                 "SetExcludeUnencrypted(TRUE) by the time an encrypted port succeeds, and no "
                 "unprotected unicast frame delivered from then on");
  for (const IhvSession& session : tally.trace().sessions()) {
    const IhvCall* success = session.success();
    if (success == nullptr || session.perform->argument("unicast").value_or(0) == 0) {
      continue;
    }
    tally.occasion(*success);
    if (!excludes_at(tally.trace(), success->begin_at)) {
      tally.breach(*success,
                   "success was reported on an encrypted network without "
                   "SetExcludeUnencrypted(TRUE)");
    }
  }
  Finding called = tally.finish("encrypted port", "no operation succeeded on an encrypted network");
  return called.verdict == Verdict::pass ? judge_frames(evidence, std::move(called)) : called;
}

}  // namespace

std::vector<Check> ihv_key_use_checks() {
  return {
      ihv_check({.id = "ihv.pa-46",
                 .rule = "Keys reach the adapter only through SetDefaultKey, SetDefaultKeyId and "
                         "SetKeyMappingKey, and an encrypted port does not succeed without.",
                 .why = "A key table filled by another way is one that nobody clears.",
                 .source = "IHV contract PA-46 (module; seed): Performing a Post-Association "
                           "Operation",
                 .provoke = "any scenario with station.module that connects",
                 .needs = "the trace of calls; kernel trace: rdev_add_key",
                 .inconclusive = "there is no kernel trace of the station (a real system)",
                 .gates = {"gate.clock-aligned"}},
                judge_keys_by_calls),
      ihv_check({.id = "ihv.pa-50",
                 .rule = "Keys of a session are gone before the next one starts, and the module "
                         "downloads the new ones.",
                 .why = "Frames of the new association go out under a key of the old.",
                 .source = "IHV contract PA-50 (both; documented): cipher key values (bStatic); "
                           "NDIS_STATUS_DOT11_ASSOCIATION_COMPLETION",
                 .provoke = "associate again; roam",
                 .inconclusive = "the trace does not tell when keys are cleared (a real system)"},
                judge_keys_renewed),
      ihv_check({.id = "ihv.pa-51",
                 .rule = "The host passes on the adapter's error of a key call, and a module whose "
                         "call failed does not report success, unless it repeated the call with "
                         "success.",
                 .why = "The port opens on a link that can't carry data, or carries it in clear.",
                 .source = "IHV contract PA-51 (both; inferred)",
                 .provoke = "station.ihv.key_errors"},
                judge_key_errors),
      ihv_check(
          {.id = "ihv.pa-52",
           .rule = "On an encrypted network the module has called SetExcludeUnencrypted(TRUE) "
                   "when it reports success, and from then on the station delivers no "
                   "unprotected unicast frame.",
           .why = "Whoever is in radio range could otherwise put packets behind the firewall "
                  "of a protected network.",
           .source = "IHV contract PA-52 (both; seed, which lets the module do it here or in "
                     "pre-association): DOT11EXT_SET_EXCLUDE_UNENCRYPTED; "
                     "OID_DOT11_EXCLUDE_UNENCRYPTED",
           .provoke = "a connect; inject steps for udp in clear, one for eapol",
           .needs = "the trace; air capture and capture on the station's interface: injected "
                    "frames",
           .inconclusive = "frames were injected, and that they could have been delivered is "
                           "not shown",
           .gates = {"gate.capture-complete", "gate.injector-works"}},
          judge_exclusion),
  };
}

}  // namespace postassoc::checks
