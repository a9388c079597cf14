#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/ihv_keys.h"
#include "harness/checks/ihv_tally.h"
#include "harness/checks/kernel_events.h"
#include "harness/checks/registry.h"

/// Arguments of the key calls: PA-47 to PA-49 of the IHV contract.
namespace postassoc::checks {
namespace {

constexpr std::int64_t kInbound = 1;
constexpr std::int64_t kBoth = 3;
constexpr const char* kHeader = "80011800";  // type 0x80, revision 1, size 24

/// What ucKey holds for a cipher.
struct KeyShape {
  std::int64_t cipher;
  std::int64_t key;    ///< octets of the key itself
  std::int64_t whole;  ///< of the structure around it; the key's own where there is none
};
constexpr KeyShape kShapes[] = {
    {0x1, 5, 5},   {0x5, 13, 13}, {0x2, 16, 48}, {0x4, 16, 28}, {0x6, 16, 28}, {0x8, 16, 28},
    {0x9, 32, 44}, {0xa, 32, 44}, {0xb, 16, 28}, {0xc, 32, 44}, {0xd, 32, 44},
};

void judge_lengths(IhvTally& tally, const IhvKeyCall& key) {
  const auto shape = std::find_if(std::begin(kShapes), std::end(kShapes),
                                  [&](const KeyShape& s) { return s.cipher == key.cipher; });
  const auto whole = key.call->argument("key_length");
  const auto inner = key.call->argument("inner_length");
  if (shape == std::end(kShapes)) {
    return;
  }
  if (!whole) {
    tally.doubt("the trace lacks the length of a key");
  } else if (*whole < shape->whole ||
             (inner && shape->whole != shape->key && *inner != shape->key)) {
    tally.breach(*key.call,
                 fmt::format("{} has usKeyLength {} and a key of {} octets; cipher {:#x} has {} "
                             "and {}",
                             name_of(*key.call), *whole, inner.value_or(-1), key.cipher,
                             shape->whole, shape->key));
  }
}

bool index_fits(std::int64_t index, std::int64_t cipher) {
  if (cipher >= kCipherIhvFirst) {
    return true;
  }
  return is_management_cipher(cipher) ? index == 4 || index == 5 : index >= 0 && index <= 3;
}

void judge_header(IhvTally& tally, const IhvCall& call) {
  const std::string header = ihv_lower(call.argument_text("header"));
  if (header == "00000000") {
    tally.warn(call, fmt::format("{} has a header of zeros", name_of(call)));
  } else if (!header.empty() && header != kHeader) {
    tally.breach(call,
                 fmt::format("{} has the header {}, expected {}", name_of(call), header, kHeader));
  }
}

void judge_group_cipher(IhvTally& tally, const IhvKeyCall& key, const IhvSession& session) {
  const auto unicast = session.perform->argument("unicast");
  const auto multicast = session.perform->argument("multicast");
  const bool management = is_management_cipher(key.cipher);
  if (!management && unicast && multicast && key.cipher != *unicast && key.cipher != *multicast) {
    tally.breach(*key.call, fmt::format("{} is of cipher {:#x}, negotiated are {:#x} and {:#x}",
                                        name_of(*key.call), key.cipher, *unicast, *multicast));
  }
  if (!key.address.empty() && key.address != session.peer) {
    tally.breach(*key.call, fmt::format("{} names the address {}, expected zeros or {}",
                                        name_of(*key.call), key.address, session.peer));
  }
}

void judge_default_key(IhvTally& tally, const IhvKeyCall& key) {
  const IhvCall& call = *key.call;
  const auto direction = call.argument("direction");
  tally.occasion(call);
  if (!direction || !call.argument("index") || key.cipher < 0) {
    tally.doubt("the trace lacks arguments of SetDefaultKey");
    return;
  }
  if (*direction != kInbound && *direction != kBoth) {
    tally.breach(call, fmt::format("{} has direction {}, expected inbound (1) or both (3)",
                                   name_of(call), *direction));
  }
  if (!index_fits(key.index, key.cipher)) {
    tally.breach(call, fmt::format("{} has index {} for cipher {:#x}", name_of(call), key.index,
                                   key.cipher));
  }
  judge_header(tally, call);
  judge_lengths(tally, key);
  if (const IhvSession* session = tally.trace().session_at(call.begin_at)) {
    judge_group_cipher(tally, key, *session);
  }
  if (call.argument_flag("static") == true) {
    tally.warn(call, fmt::format("{} is static: the key outlives the association", name_of(call)));
  }
}

/// D:set_default_key, D:DOT11_CIPHER_DEFAULT_KEY_VALUE; MPD.
Finding judge_default_keys(const Evidence& evidence) {
  IhvTally tally("ihv.pa-47", evidence,
                 "inbound or both, an index and lengths that fit the cipher, the negotiated "
                 "cipher, zeros or the access point as address");
  for (const IhvKeyCall& key : ihv_key_calls(tally.trace())) {
    if (!key.mapping && !key.deletes) {
      judge_default_key(tally, key);
    }
  }
  return tally.finish("default key", "SetDefaultKey downloaded no key");
}

void judge_mapping_key(IhvTally& tally, const IhvKeyCall& key) {
  const IhvCall& call = *key.call;
  const auto direction = call.argument("direction");
  const IhvSession* session = tally.trace().session_at(call.begin_at);
  tally.occasion(call);
  if (!direction || key.cipher < 0) {
    tally.doubt("the trace lacks arguments of SetKeyMappingKey");
    return;
  }
  if (*direction < kInbound || *direction > kBoth) {
    tally.breach(call,
                 fmt::format("{} has direction {}, expected 1 to 3", name_of(call), *direction));
  } else if (*direction != kBoth) {
    tally.warn(call, fmt::format("{} is not for both directions: some drivers refuse that",
                                 name_of(call)));
  }
  judge_lengths(tally, key);
  if (session == nullptr) {
    return;
  }
  const auto unicast = session->perform->argument("unicast");
  if (key.address != session->peer) {
    tally.breach(call, fmt::format("{} names the peer \"{}\", the access point is {}",
                                   name_of(call), key.address, session->peer));
  } else if (unicast && key.cipher != *unicast) {
    tally.breach(call, fmt::format("{} is of cipher {:#x}, negotiated is {:#x}", name_of(call),
                                   key.cipher, *unicast));
  }
}

/// D:set_key_mapping_key, D:DOT11_CIPHER_KEY_MAPPING_KEY_VALUE; MPD.
Finding judge_mapping_keys(const Evidence& evidence) {
  IhvTally tally("ihv.pa-48", evidence,
                 "the access point as peer, the negotiated unicast cipher, lengths that fit it");
  for (const IhvKeyCall& key : ihv_key_calls(tally.trace())) {
    if (key.mapping && !key.deletes) {
      judge_mapping_key(tally, key);
    }
  }
  return tally.finish("key-mapping key", "SetKeyMappingKey downloaded no key");
}

/// The last key id that was set before a success names an empty slot.
void judge_empty_slot(IhvTally& tally, const IhvSession& session) {
  const IhvCall* success = session.success();
  if (success == nullptr) {
    return;
  }
  const IhvCall* set = tally.trace().last_before(ihv::kSetDefaultKeyId, success->begin_at);
  if (set == nullptr || set->begin_at < session.perform->begin_at) {
    return;
  }
  bool holds = set->argument_flag("holds_key").value_or(true);
  for (const IhvKeyCall& key : ihv_key_calls(tally.trace())) {
    if (!key.mapping && key.index == set->argument("index") && key.call->succeeded() &&
        key.call->begin_at > set->begin_at && key.call->begin_at < success->begin_at) {
      holds = !key.deletes;
    }
  }
  if (!holds) {
    tally.warn(*set, fmt::format("{} names index {}, which holds no key at the completion",
                                 name_of(*set), set->argument("index").value_or(-1)));
  }
}

/// D:set_default_key_id; O:OID_DOT11_CIPHER_DEFAULT_KEY_ID.
Finding judge_default_key_id(const Evidence& evidence) {
  IhvTally tally("ihv.pa-49", evidence, "an index of 0 to 3 that holds a key");
  const IhvTrace& trace = tally.trace();
  for (const IhvCall* call : trace.calls_of(ihv::kSetDefaultKeyId)) {
    const auto index = call->argument("index");
    const IhvSession* session = trace.session_at(call->begin_at);
    const auto cipher = session == nullptr ? std::nullopt : session->perform->argument("unicast");
    tally.occasion(*call);
    if (!index) {
      tally.doubt("the trace lacks the index of SetDefaultKeyId");
    } else if (cipher.value_or(0) < kCipherIhvFirst && (*index < 0 || *index > 3)) {
      tally.breach(*call, fmt::format("{} has index {}", name_of(*call), *index));
    }
  }
  for (const IhvSession& session : trace.sessions()) {
    judge_empty_slot(tally, session);
  }
  return tally.finish("default key id", "SetDefaultKeyId was not called");
}

}  // namespace

std::vector<Check> ihv_key_argument_checks() {
  return {
      ihv_check({.id = "ihv.pa-47",
                 .rule = "SetDefaultKey has a direction of inbound or both, an index of 0 to 3 (4 "
                         "or 5 for BIP), a negotiated cipher, lengths that fit it, and zeros or "
                         "the access point as address (a zero header or a static key: a warning).",
                 .why = "Drivers read these fields without looking: a wrong length installs a key "
                        "of whatever follows it in memory.",
                 .source = "IHV contract PA-47 (module; documented): DOT11EXT_SET_DEFAULT_KEY; "
                           "DOT11_CIPHER_DEFAULT_KEY_VALUE",
                 .provoke = "any scenario with station.module that connects"},
                judge_default_keys),
      ihv_check({.id = "ihv.pa-48",
                 .rule = "SetKeyMappingKey names the access point, the negotiated unicast cipher, "
                         "a direction of 1 to 3 (not both: a warning) and lengths that fit.",
                 .why = "A key for another peer leaves the link unprotected, or dead.",
                 .source = "IHV contract PA-48 (module; documented): "
                           "DOT11EXT_SET_KEY_MAPPING_KEY; DOT11_CIPHER_KEY_MAPPING_KEY_VALUE",
                 .provoke = "any scenario with station.module that connects"},
                judge_mapping_keys),
      ihv_check({.id = "ihv.pa-49",
                 .rule = "SetDefaultKeyId has an index of 0 to 3 for standard ciphers (an index "
                         "without a key when success is reported: a warning).",
                 .why = "Frames are encrypted under no key, or not sent at all.",
                 .source = "IHV contract PA-49 (module; documented): DOT11EXT_SET_DEFAULT_KEY_ID; "
                           "OID_DOT11_CIPHER_DEFAULT_KEY_ID",
                 .provoke = "a module that sets a default key id"},
                judge_default_key_id),
  };
}

}  // namespace postassoc::checks
