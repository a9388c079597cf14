#pragma once

#include <span>
#include <string_view>

#include "harness/frames/bytes.h"

/// What is fuzzed. Each takes any octets and has to return; an exception, a signal or a sanitizer's
/// word is a finding. libFuzzer drives them (ci/fuzz), and fuzz_test runs them on what was found
/// once.
namespace postassoc::fuzz {

void frame(ByteView input);          ///< link header, 802.11, and all that a frame can hold
void eapol(ByteView input);          ///< an EAPOL PDU: EAPOL-Key, key data, MIC, unwrapping
void capture(ByteView input);        ///< a capture file: pcap, pcapng, gzip
void air(ByteView input);            ///< frames of a capture (see parts.h), surveyed, judged, shown
void scenario(ByteView input);       ///< a scenario, a rig file, a limits file
void timeline(ByteView input);       ///< timeline.jsonl of a run, judged, shown
void control_reply(ByteView input);  ///< an event or answer of hostapd; a line of the kernel trace

struct Target {
  std::string_view name;
  void (*run)(ByteView input);
};
std::span<const Target> all_targets();
/// The one of this name; aborts when there is none.
const Target& target(std::string_view name);

}  // namespace postassoc::fuzz
