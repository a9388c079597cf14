#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/air_view.h"
#include "harness/checks/kernel_events.h"
#include "harness/checks/registry.h"

/// What the station itself sends unprotected.
namespace postassoc::checks {
namespace {

/// Below this number of protected frames the station may just have had nothing to send.
constexpr std::size_t kMinimumFrames = 5;

/// The frame from which on all data of the station has to be protected: its first message 4, or
/// its first protected frame where the keys came without a 4-way handshake. Nothing without either.
std::optional<std::uint64_t> keyed_from(const AirView& air, const Association& association) {
  for (const HandshakeView& handshake : air.handshakes()) {
    if (handshake.association == &association && !handshake.m4.empty()) {
      return handshake.m4.front()->frame;
    }
  }
  for (const AirProtected& data : association.protected_data) {
    if (data.direction == Direction::from_station) {
      return data.frame;
    }
  }
  return std::nullopt;
}

/// Who sent a frame that bears the station's address: tagged ones may be forged.
enum class Sender { station, harness, unknown };

Sender sender_of(const Evidence& evidence, const AirPlain& data) {
  const auto& tagged = evidence.air.tagged;
  const auto tag = std::find_if(tagged.begin(), tagged.end(),
                                [&](const Air::Tagged& seen) { return seen.frame == data.frame; });
  if (tag == tagged.end()) {
    return Sender::station;
  }
  const auto told = [&](std::string_view name) {
    return evidence.timeline.first([&](const Event& e) {
      return e.witness == Witness::harness && e.name == name && text(e, "tag") == tag->tag;
    }) != nullptr;
  };
  return told("data_sent") ? Sender::station : told("injected") ? Sender::harness : Sender::unknown;
}

std::optional<Finding> plain_in(const Evidence& evidence, const Association& association,
                                std::uint64_t from, FindingBuilder& finding) {
  for (const AirPlain& data : association.plain_data) {
    if (data.direction == Direction::from_station && data.frame > from) {
      const Sender sender = sender_of(evidence, data);
      if (sender == Sender::harness) {
        continue;
      }
      if (sender == Sender::unknown) {
        return finding.frame(data).inconclusive(fmt::format(
            "data in clear is on the air in the station's name (frame {}) with a tag of this run, "
            "and the timeline does not tell whether it was injected",
            data.frame));
      }
      const bool after_end = association.end_frame && data.frame > *association.end_frame;
      return finding.frame(data).fail(
          fmt::format("the station sent data in clear (frame {}, EtherType 0x{:04x}){}", data.frame,
                      data.ethertype,
                      after_end ? " after the end of its association" : " with keys installed"));
    }
  }
  for (const AirProtected& data : association.protected_data) {
    if (data.direction == Direction::from_station && data.zero_key) {
      return finding.frame(data).fail(fmt::format(
          "the station sent data under a key of zeros (frame {}), which is as good as clear",
          data.frame));
    }
  }
  return std::nullopt;
}

std::size_t protected_from(const Association& association, std::uint64_t from) {
  std::size_t count = 0;
  for (const AirProtected& data : association.protected_data) {
    count += data.direction == Direction::from_station && data.frame >= from ? 1U : 0U;
  }
  return count;
}

Finding judge_never_plain(const Evidence& evidence) {
  FindingBuilder finding("excl.tx-never-plain", evidence);
  finding.expect("no unprotected data of the station but EAPOL once its keys are installed")
      .tolerance("none: one frame is a fail");
  if (is_open(evidence)) {
    return finding.not_applicable("an open network protects nothing");
  }
  if (const auto why = missing(evidence, evidence_file::kAir)) {
    return finding.inconclusive(*why);
  }
  const AirView air(evidence);
  std::size_t keyed = 0;
  std::size_t frames = 0;
  for (const Association& association : evidence.air.associations) {
    if (const auto from = keyed_from(air, association)) {
      if (const auto plain = plain_in(evidence, association, *from, finding)) {
        return *plain;
      }
      ++keyed;
      frames += protected_from(association, *from);
    }
  }
  if (keyed == 0) {
    return wrong_credential(evidence)
               ? finding.not_applicable("with another passphrase the station gets no key")
               : finding.inconclusive(
                     "neither a message 4 nor protected data of the station is on the air");
  }
  if (frames < kMinimumFrames) {
    return finding.inconclusive(fmt::format("only {} of the station is on the air, {} are needed",
                                            count_of(frames, "protected frame"), kMinimumFrames));
  }
  return finding.pass(fmt::format("{} of the station in {}, none in clear",
                                  count_of(frames, "data frame"), count_of(keyed, "association")));
}

}  // namespace

Check excl_tx_never_plain() {
  return {"excl.tx-never-plain",
          "Once its keys are installed the station sends no unprotected data but EAPOL: neither "
          "while authorised nor out of its queues during a disconnect, a roam or a rekey, and "
          "nothing under a key of zeros.",
          "A frame that was queued under the key and leaves without it shows its content to "
          "everyone in range.",
          "CVE-2022-47522; CVE-2019-15126 (Kr00k); IEEE 802.11-2020, 12.6.19",
          "air capture: data of the station, protected and not",
          "no key was shown on the air, or fewer than 5 protected frames of the station",
          "traffic while the association ends, roams or rekeys",
          {"gate.capture-complete"},
          judge_never_plain,
          true};
}

}  // namespace postassoc::checks
