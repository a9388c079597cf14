#include "harness/scenario_inject.h"

#include <fmt/format.h>

#include "harness/scenario_parts.h"
#include "harness/scenario_words.h"

namespace postassoc {

namespace step {

bool is_management(FrameKind kind) {
  return kind == FrameKind::deauthentication || kind == FrameKind::disassociation ||
         kind == FrameKind::action;
}

bool is_sound(FrameForm form) {
  return form == FrameForm::protected_ || form == FrameForm::fragments_protected ||
         form == FrameForm::amsdu_protected;
}

bool is_under_wrong_key(FrameForm form) {
  return form == FrameForm::wrong_key || form == FrameForm::fragments_wrong_key ||
         form == FrameForm::amsdu_wrong_key;
}

bool needs_key(FrameForm form) {
  switch (form) {
    case FrameForm::plain:
    case FrameForm::wrong_key:
    case FrameForm::fragments_plain:
    case FrameForm::fragments_wrong_key:
    case FrameForm::fragment_to_group:
    case FrameForm::amsdu_cloaked:
    case FrameForm::amsdu_wrong_key:
      return false;
    case FrameForm::protected_:
    case FrameForm::fragments_mixed:
    case FrameForm::fragments_protected:
    case FrameForm::fragments_two_keys:
    case FrameForm::fragments_packet_number_gap:
    case FrameForm::fragments_across_associations:
    case FrameForm::fragment_alone:
    case FrameForm::amsdu_protected:
      return true;
  }
  return true;
}

}  // namespace step

namespace scenario_parts {
namespace {

using scenario_words::To;
using step::FrameForm;
using step::FrameKind;

constexpr int kMostFrames = 1000;
constexpr int kLongestIntervalMs = 10'000;
constexpr int kLeastEthertype = 0x0600;
constexpr double kFastestMbps = 54;

std::optional<MacAddress> read_address(ObjectReader& reader, std::string_view key) {
  const auto text = reader.text(key);
  if (!text) {
    return std::nullopt;
  }
  const auto address = MacAddress::parse(*text);
  if (!address) {
    reader.fault(key, fmt::format("expected a MAC address like \"02:00:00:00:ee:02\", found {}",
                                  in_quotes(*text)));
  }
  return address;
}

bool takes_part(FrameForm form) {
  return form == FrameForm::fragments_plain || form == FrameForm::fragments_mixed ||
         form == FrameForm::fragments_protected || form == FrameForm::fragments_two_keys ||
         form == FrameForm::fragments_packet_number_gap ||
         form == FrameForm::fragments_across_associations;
}

/// What does not go together.
void check_inject(const step::Inject& inject, ObjectReader& reader) {
  const bool single = inject.form == FrameForm::plain || inject.form == FrameForm::protected_;
  if (inject.variant && inject.frame != FrameKind::eapol) {
    reader.fault("variant", "only an eapol frame has a variant");
  }
  if (inject.variant && !single) {
    reader.fault("form", "a variant of EAPOL is sent plain or protected");
  }
  if (step::is_management(inject.frame) && inject.form != FrameForm::plain) {
    reader.fault("form", "a management frame is sent plain");
  }
  if (reader.has("ethertype") && inject.frame != FrameKind::ethertype) {
    reader.fault("ethertype", "is of use with \"frame\": \"ethertype\" only");
  }
  if (reader.has("part") && !takes_part(inject.form)) {
    reader.fault("part", "is of use with a form of two fragments only");
  }
  if (inject.form == FrameForm::fragments_two_keys && inject.part == step::FragmentPart::both) {
    reader.fault("part",
                 "fragments under two keys are sent by two steps, \"first\" and \"second\", with a "
                 "rekey between them");
  }
  if (inject.to_group && !single && inject.form != FrameForm::wrong_key &&
      inject.form != FrameForm::fragment_to_group) {
    reader.fault("to", "fragments and A-MSDUs are sent to the station");
  }
  if (inject.sender == step::Sender::station && inject.to_group) {
    reader.fault("to", "what is sent in the station's name goes to the access point");
  }
  if (inject.sender != step::Sender::access_point && step::needs_key(inject.form)) {
    reader.fault("as", "protected frames are sent in the access point's name");
  }
}

std::uint16_t read_ethertype(ObjectReader& reader, std::uint16_t fallback) {
  return static_cast<std::uint16_t>(
      reader.integer("ethertype", kLeastEthertype, 0xffff).value_or(fallback));
}

}  // namespace

step::Inject read_inject(ObjectReader& reader) {
  step::Inject inject;
  reader.require({"frame"});
  inject.frame = reader.choice<FrameKind>("frame", scenario_words::kFrame).value_or(inject.frame);
  inject.form = reader.choice<FrameForm>("form", scenario_words::kForm).value_or(inject.form);
  inject.variant = reader.choice<step::EapolVariant>("variant", scenario_words::kVariant);
  inject.part =
      reader.choice<step::FragmentPart>("part", scenario_words::kPart).value_or(inject.part);
  inject.ethertype = read_ethertype(reader, inject.ethertype);
  inject.sender =
      reader.choice<step::Sender>("as", scenario_words::kSender).value_or(inject.sender);
  const To fallback = inject.form == FrameForm::fragment_to_group ? To::group : To::station;
  const To to = reader.choice<To>("to", scenario_words::kTo).value_or(fallback);
  inject.to_group = to != To::station;
  inject.multicast = to == To::multicast;
  inject.unicast_payload =
      reader.choice<bool>("payload_to", scenario_words::kPayloadTo).value_or(false);
  inject.receiver = read_address(reader, "receiver");
  inject.source = read_address(reader, "source");
  inject.control = reader.boolean("control").value_or(step::is_sound(inject.form));
  inject.count = static_cast<int>(reader.integer("count", 1, kMostFrames).value_or(inject.count));
  inject.interval = std::chrono::milliseconds(
      reader.integer("interval_ms", 1, kLongestIntervalMs).value_or(inject.interval.count()));
  inject.rate_mbps = reader.number_above_zero("rate_mbps", kFastestMbps);
  inject.seed =
      static_cast<std::uint32_t>(reader.integer("seed", 0, 0xffffffff).value_or(inject.seed));
  check_inject(inject, reader);
  return inject;
}

step::ProveExclusion read_prove_exclusion(ObjectReader& reader) {
  step::ProveExclusion prove;
  reader.require({"phase"});
  prove.phase =
      reader.choice<step::ProofPhase>("phase", scenario_words::kPhase).value_or(prove.phase);
  prove.count = static_cast<int>(reader.integer("count", 1, kMostFrames).value_or(prove.count));
  prove.interval = std::chrono::milliseconds(
      reader.integer("interval_ms", 1, kLongestIntervalMs).value_or(prove.interval.count()));
  prove.ethertype = read_ethertype(reader, prove.ethertype);
  return prove;
}

}  // namespace scenario_parts
}  // namespace postassoc
