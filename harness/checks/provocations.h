#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/evidence.h"

namespace postassoc::checks {

/// A frame that the harness put on the air in somebody else's name: the event `injected`
/// {tag, frame, form, variant, to_group, control, from, length}.
struct Injected {
  const Event* event = nullptr;
  std::string tag;
  /// What it carries: "udp", "arp", "ipv6", "preauth" (0x88C7), "eapol", "deauthentication",
  /// "disassociation", "action".
  std::string frame;
  /// How: "plain" (one unencrypted MPDU; where the event is silent), "protected",
  /// "fragments_plain", "fragments_mixed" (plain and protected), "fragment_to_group" (a second
  /// fragment alone, to the broadcast address), "amsdu_cloaked" (an unencrypted A-MSDU that begins
  /// as an EAPOL frame), "fragments_two_keys", "fragments_packet_number_gap", "fragment_alone",
  /// "fragments_across_associations"; under a key that nobody has "wrong_key",
  /// "fragments_wrong_key" and "amsdu_wrong_key"; as controls "fragments_protected" and
  /// "amsdu_protected".
  std::string form = "plain";
  /// Of an EAPOL-Key frame: "replayed", "bad_mic", "mic_cleared", "unauthenticated_key_data",
  /// "malformed", "unknown_kde", "forged_m1", "other_anonce"; else empty.
  std::string variant;
  bool to_group = false;
  /// Sent so that it has to be accepted: the positive control of its form.
  bool control = false;
  /// The copy on the air; null when none was captured. Of an EAPOL-Key frame, which has no tag,
  /// null: see AirView.
  const Air::Tagged* on_air = nullptr;

  Timestamp time() const { return event->time; }
};
std::vector<Injected> injections(const Evidence& evidence);
/// What such an event says, without the copy on the air.
Injected injected_by(const Event& event);
/// In the access point's name: neither the station's nor a stranger's.
bool is_from_access_point(const Injected& injected);
/// "deauthentication", "disassociation" or "action": no data, and no tag in it.
bool is_management(const Injected& injected);
/// Protected, and nobody can read it: found by a tag in clear.
bool is_under_wrong_key(const Injected& injected);
/// On the air, and unprotected where its form says so.
bool on_air_as_asked(const Injected& injected);

/// A hostapd control command that a step of the scenario sent and hostapd took.
struct Commanded {
  std::string command;  ///< as written, "RESEND_M3 {station}"
  Timestamp started{}, finished{};
  std::string pointer;  ///< JSON pointer of the step
};
/// Those whose first word is `name`, in order.
std::vector<Commanded> commands_sent(const Evidence& evidence, std::string_view name);
/// The scenario has a step with this command, whether or not it was carried out.
bool commands(const Evidence& evidence, std::string_view name);
/// The scenario's hostapd.conf sets this option.
bool access_point_option(const Evidence& evidence, std::string_view key);

}  // namespace postassoc::checks
