#pragma once

#include <string>

#include "harness/checks/finding.h"
#include "harness/evidence.h"

namespace postassoc::checks {

/// How far the station came after `from`, and what stopped it, in one clause built from the
/// evidence: "the access point sent message 1 four times (frames 5, 9, 13, 17), ...". Adds to
/// `finding` the frames and events it speaks of. Empty when the evidence does not tell.
std::string diagnose_connection(const Evidence& evidence, Timestamp from, FindingBuilder& finding);

/// What became of an IHV Extensions module that ended or hung after `from`: "the module did not
/// return from AdapterReset within 5000 ms". Adds its event to `finding`. Empty: nothing.
std::string diagnose_module(const Evidence& evidence, Timestamp from, FindingBuilder& finding);

/// The words of a reason or status code that matter here: "15 (4-way handshake timeout)".
std::string reason_text(std::uint16_t reason);

}  // namespace postassoc::checks
