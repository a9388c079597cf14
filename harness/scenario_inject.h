#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "harness/frames/mac_address.h"

/// The steps of a scenario that put frames on the air in somebody's name. Their words in JSON are
/// in scenario_inject_words.h.
namespace postassoc::step {

/// What an injected frame carries, or which management frame it is.
enum class FrameKind {
  udp,
  arp,
  ipv6,
  eapol,
  preauth,    ///< EtherType 0x88C7
  ethertype,  ///< the EtherType of Inject::ethertype
  deauthentication,
  disassociation,
  action,  ///< an SA Query request
};
bool is_management(FrameKind kind);

/// How it is sent; IEEE 802.11-2020, 10.4 (fragments), 9.3.2.2 (A-MSDU).
enum class FrameForm {
  plain,       ///< one unencrypted MPDU
  protected_,  ///< one MPDU under the newest key
  wrong_key,   ///< one MPDU, protected under a key that nobody has
  fragments_plain,
  fragments_mixed,  ///< one fragment plain, the other protected; by turns which
  fragments_protected,
  fragments_wrong_key,
  fragments_two_keys,           ///< the second fragment under the key that a rekey brought
  fragments_packet_number_gap,  ///< the second fragment's packet number is not the next one
  fragments_across_associations,
  fragment_alone,     ///< the first or, by turns, the last of two; a whole packet in it
  fragment_to_group,  ///< a plain second fragment to the broadcast address; a whole packet in it
  amsdu_cloaked,      ///< a plain A-MSDU that begins as an EAPOL frame
  amsdu_protected,
  amsdu_wrong_key,
};
/// The station has to take it in.
bool is_sound(FrameForm form);
/// It is protected under a key that nobody has.
bool is_under_wrong_key(FrameForm form);
/// Keys are needed to build it.
bool needs_key(FrameForm form);

/// What is wrong with an EAPOL-Key frame in the access point's name. All but the first have a
/// replay counter above all that were used.
enum class EapolVariant {
  replayed,                  ///< copies of the last message 1, 3 and group message 1, by turns
  bad_mic,                   ///< message 3 with one bit of its MIC flipped
  mic_cleared,               ///< message 3 without MIC, key data not encrypted
  unauthenticated_key_data,  ///< encrypted key data without a MIC (CVE-2018-14526)
  malformed,                 ///< cut, stretched and bent frames, by the step's seed
  unknown_kde,               ///< a group message 1, signed, with KDEs that nobody knows
  forged_m1,                 ///< message 1 with a new ANonce each
  other_anonce,              ///< message 3, signed, with another ANonce than message 1
};

/// Which fragments of a form of two are sent by this step; a later step sends the others.
enum class FragmentPart { both, first, second };

/// In whose name: the transmitter address, and the direction.
enum class Sender {
  access_point,
  station,   ///< to the access point
  stranger,  ///< from the DS, by a transmitter that nobody knows
};

struct Inject {
  FrameKind frame = FrameKind::udp;
  FrameForm form = FrameForm::plain;
  std::optional<EapolVariant> variant;  ///< of an EAPOL frame; its form is plain or protected
  FragmentPart part = FragmentPart::both;
  std::uint16_t ethertype = 0x88b4;  ///< of FrameKind::ethertype: WAPI's
  Sender sender = Sender::access_point;
  bool to_group = false;   ///< to a group address instead of the station
  bool multicast = false;  ///< of a group frame: IPv4 all hosts, IPv6 all nodes, the PAE group
  bool unicast_payload = false;  ///< of a group frame: the packet in it is for the station alone
  std::optional<MacAddress> receiver, source;  ///< RA and SA other than what follows from the rest
  bool control = false;                        ///< has to be accepted
  int count = 5;
  std::chrono::milliseconds interval{3};
  std::optional<double> rate_mbps;  ///< nothing: the driver's choice
  std::uint32_t seed = 1;           ///< of what is bent at random
};

/// When exclusion of unencrypted frames is to be proved.
enum class ProofPhase {
  associated,      ///< the port is closed, no handshake goes on
  handshake,       ///< message 1 is answered, the port is closed
  keys_installed,  ///< the port is open
  rekey,           ///< the same, with a message 1 answered and message 3 not come
  disconnected,    ///< the station has left
};

/// Injects every kind of payload in every form in clear, under a wrong key and under the right one.
struct ProveExclusion {
  ProofPhase phase = ProofPhase::keys_installed;
  int count = 20;  ///< frames a cell
  std::chrono::milliseconds interval{1};
  std::uint16_t ethertype = 0x88b4;  ///< an exempted EtherType, where the profile exempts any
};

}  // namespace postassoc::step
