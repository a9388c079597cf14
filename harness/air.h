#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/clock.h"
#include "harness/frames/bytes.h"
#include "harness/frames/eapol.h"
#include "harness/frames/mac_address.h"
#include "harness/frames/suites.h"
#include "harness/packet_numbers.h"
#include "harness/result.h"

namespace postassoc {

/// What the air capture of a run says about one access point and its stations: every frame of
/// theirs, decoded once. All `frame` numbers are 1-based positions in the capture, as Wireshark
/// counts; all times are on the timeline's clock.

enum class Direction { from_station, from_access_point };
std::string_view to_string(Direction direction);

/// What became of a frame between its transmission, which the capture shows, and its receiver,
/// where the harness was the medium: see medium_marks.h.
struct MediumFate {
  bool lost = false;                 ///< its addressee never received it
  bool altered = false;              ///< a bit of it was inverted
  int copies = 0;                    ///< received so many more times
  std::chrono::nanoseconds delay{};  ///< received that much later than it was sent

  bool touched() const { return lost || altered || copies > 0 || delay.count() > 0; }
};

/// One EAPOL PDU on the air. A MAC-level retry (Retry=1, same sequence number) of a frame that is
/// already here is not a second one: it only raises `transmissions`.
struct AirEapol {
  std::uint64_t frame = 0;
  Timestamp time{};
  Direction direction = Direction::from_station;
  bool protected_frame = false;  ///< the Protected Frame bit of the MPDU that carried it
  int transmissions = 1;
  bool acknowledged = false;  ///< an ACK control frame followed within its time
  Eapol eapol;
  std::optional<EapolKey> key;  ///< nothing when it isn't a well-formed EAPOL-Key
  /// By content and session state (an answer is matched by replay counter to what it answers);
  /// `unknown` where the two disagree or do not suffice.
  KeyMessage message = KeyMessage::unknown;
  std::string unknown_reason;
  std::optional<bool> mic_valid;  ///< nothing: no PMK, or the nonces were not captured
  std::string mic_unknown_reason;
  std::optional<Bytes> key_data_plain;  ///< decrypted where encrypted and the KEK is known
  std::uint16_t sequence_number = 0;    ///< of the MPDU
  MediumFate medium;

  /// When its receiver had it, where it was not lost.
  Timestamp received() const { return time + medium.delay; }
};

/// A protected MPDU (data) of the pair, or a group one of the access point.
struct AirProtected {
  std::uint64_t frame = 0;
  Timestamp time{};
  Direction direction = Direction::from_station;
  bool group = false;  ///< sent under the group key
  bool retry = false;  ///< Retry bit
  std::uint16_t sequence_number = 0;
  std::uint8_t tid = 0;  ///< 0 for a non-QoS frame
  std::uint8_t fragment_number = 0;
  bool more_fragments = false;
  std::uint64_t pn = 0;
  std::uint8_t key_id = 0;
  std::size_t handshake = 0;  ///< index of the handshake whose key decrypts it; kNoKey else
  /// LLC/SNAP and on, where it was decrypted; of a long one the beginning (see kKeptPlaintext).
  std::optional<Bytes> plaintext;
  std::uint16_t ethertype = 0;  ///< of the plaintext; 0 unknown
  bool zero_key = false;        ///< it decrypts under a TK of zeros
  /// Not decrypted, since nothing about it was in doubt: its packet number goes on from frames that
  /// decrypt under the key of `handshake` (see Decrypt::in_doubt).
  bool assumed = false;
  /// The frame's last eight octets. Two frames under one key and packet number are equal only when
  /// these are.
  std::uint64_t mic = 0;
};
inline constexpr std::size_t kNoKey = static_cast<std::size_t>(-1);
inline constexpr std::size_t kKeptPlaintext = 64;  ///< octets of AirProtected::plaintext
inline constexpr std::size_t kKeptPayload = 256;   ///< octets of AirPlain::payload

/// An unprotected data MPDU of the pair that carries an MSDU (null data is not one), EAPOL
/// excluded.
struct AirPlain {
  std::uint64_t frame = 0;
  Timestamp time{};
  Direction direction = Direction::from_station;
  bool group = false;
  bool retry = false;
  bool acknowledged = false;
  std::uint16_t ethertype = 0;
  Bytes payload;  ///< after LLC/SNAP; of a long one the first kKeptPayload octets
};

/// A management frame of the pair, or a group one of the access point, that is neither beacon nor
/// probe: authentication, (re)association, deauthentication, disassociation, action.
struct AirManagement {
  std::uint64_t frame = 0;
  Timestamp time{};
  Direction direction = Direction::from_station;
  std::uint8_t subtype = 0;  ///< as in frames/dot11.h: kAuthentication, kDeauthentication, ...
  bool group = false;
  bool protected_frame = false;
  bool retry = false;
  bool acknowledged = false;
  std::optional<std::uint16_t> reason;  ///< of deauthentication and disassociation
  std::optional<std::uint16_t> authentication_algorithm;  ///< 0 open, 2 FT, 3 SAE
  std::optional<std::uint16_t> authentication_transaction;
  std::optional<std::uint16_t> status;   ///< of authentication and association response
  std::optional<std::uint8_t> category;  ///< of an action frame, decrypted where protected
  std::optional<std::uint8_t> action;    ///< 8/0 is an SA Query request, 8/1 its response
  /// Of a group frame with a Management MIC element (BIP), and of a protected unicast one: whether
  /// it proves to be the access point's or station's. Nothing: no key is known, or no protection.
  std::optional<bool> authentic;
  std::optional<std::uint64_t> ipn;  ///< packet number in the Management MIC element
  std::optional<std::uint16_t> bip_key_id;
};

/// What the two ends agreed on: from the association request, else M2, else the beacon.
struct SelectedSuites {
  Suite akm = 0;
  Suite pairwise = 0;
  Suite group = 0;
  Suite group_management = 0;  ///< 0: no management frame protection
  bool mfp = false;            ///< both ends are capable of it
};

/// One run through M1..M4 (or a part of it): begins with an M1 whose ANonce is new.
struct Handshake {
  std::vector<std::size_t> m1, m2, m3, m4;  ///< indices into Association::eapol, in order
  bool rekey = false;                       ///< not the first of its association
  std::optional<Bytes> tk;                  ///< derived; nothing without PMK or nonces
  bool complete() const { return !m1.empty() && !m2.empty() && !m3.empty() && !m4.empty(); }
  /// The list that such messages are in; null for those of a group key handshake, and unknown ones.
  std::vector<std::size_t>* list_of(KeyMessage message);
};

/// A group key handshake, by indices into Association::eapol. G1 sent again with a new replay
/// counter begins a new one.
struct GroupHandshake {
  std::vector<std::size_t> g1, g2;
};

/// A group key that the access point handed to the station.
struct AirGroupKey {
  enum class Kind : std::uint8_t { gtk, igtk, bigtk };
  Kind kind = Kind::gtk;
  std::uint16_t key_id = 0;
  std::uint64_t rsc = 0;    ///< packet number from which the station has to go on
  std::uint64_t frame = 0;  ///< that carried it: M3, G1, reassociation response
  Timestamp time{};
  std::size_t handshake = 0;  ///< whose KEK opened it
  Bytes key;
};

/// From a (re)association request to the next one, or a deauthentication or disassociation. What it
/// keeps is bounded (see AirQuality for what was not kept).
struct Association {
  MacAddress bssid, station;
  std::string ssid;  ///< octets, of the BSS or the request; empty: not seen
  std::optional<std::uint64_t> request_frame, response_frame;
  std::optional<Timestamp> request_time, response_time;
  std::optional<std::uint16_t> status;       ///< of the response
  bool reassociation = false;                ///< the request is a reassociation request
  std::optional<MacAddress> previous_bssid;  ///< its Current AP address
  /// Keyed by FT authentication and reassociation: no 4-way handshake follows. The first entry of
  /// `handshakes` then has no messages and stands for the keys.
  bool fast_transition = false;
  Bytes rsne;   ///< element of the request, with its id and length; may be empty
  Bytes rsnxe;  ///< likewise
  /// Of the BSS, from its latest beacon or probe response before the association; where none came
  /// before, from the latest one.
  Bytes beacon_rsne;
  Bytes beacon_rsnxe;  ///< likewise
  std::optional<SelectedSuites> suites;
  std::vector<AirManagement> management;
  std::vector<AirEapol> eapol;
  std::vector<Handshake> handshakes;
  std::vector<GroupHandshake> group_handshakes;
  std::vector<AirGroupKey> group_keys;
  /// In a long association not all: those around EAPOL and management frames, the first of each key
  /// and the latest stay. `folded` has judged the packet numbers of all up to its frame.
  std::vector<AirProtected> protected_data;
  /// The packet numbers up to and with frame `through`; later ones are all in `protected_data`.
  struct Folded {
    std::uint64_t through = 0;
    std::uint64_t frames = 0;                    ///< taken out of `protected_data`
    std::uint64_t without_key_from_station = 0;  ///< among those up to `through`
    PacketNumbers numbers;
    std::vector<PacketNumberFault> from_station, from_access_point;  ///< the first few
  } folded;
  std::vector<AirPlain> plain_data;
  std::optional<std::uint64_t> end_frame;
  std::optional<Timestamp> end_time;
  std::optional<std::uint16_t> end_reason;  ///< reason code of the frame that ended it
  std::optional<Direction> ended_by;
};

/// The number of the association's first frame.
std::uint64_t first_frame(const Association& association);

/// How good the capture is.
struct AirQuality {
  std::uint64_t frames = 0;            ///< in the file
  std::uint64_t undecodable = 0;       ///< radiotap or 802.11 header did not parse
  std::uint64_t bad_fcs = 0;           ///< left out of everything else
  bool truncated = false;              ///< the file ends inside a frame
  std::uint64_t clock_backsteps = 0;   ///< a frame stamped before its predecessor
  std::uint64_t beacons = 0;           ///< of the BSS
  std::uint64_t beacons_expected = 0;  ///< from the interval, between its first and last one
  std::uint64_t sequence_gaps = 0;     ///< missing sequence numbers per transmitter of the pair
  std::uint64_t sequence_total = 0;
  std::uint64_t protected_total = 0;  ///< protected MPDUs of the pair
  std::uint64_t protected_decrypted = 0;
  std::uint64_t protected_assumed = 0;  ///< not in the total: AirProtected::assumed
  std::uint64_t iv_missing = 0;         ///< Protected=1 but no CCMP header: the sniffer stripped it
  // What was seen and counted, and then not kept, for want of room.
  std::uint64_t eapol_not_kept = 0;
  std::uint64_t protected_folded = 0;  ///< their packet numbers are judged: Association::folded
  std::uint64_t plain_not_kept = 0;
  std::uint64_t management_not_kept = 0;
  /// Of attempts that no association followed: the latest are kept.
  std::uint64_t old_authentication_not_kept = 0;
  bool group_frames_left_out =
      false;                     ///< the access point has too many stations to give all of them all
  bool cut_association = false;  ///< given up before its end, for want of room
  std::optional<Timestamp> first_beacon, last_beacon;
};

/// Where the frames were seen.
enum class AirLink : std::uint8_t {
  ieee80211,
  ethernet,  ///< EAPOL as a network interface shows it: nothing of 802.11, no Protected bit, no ACK
};

struct Air {
  AirLink link = AirLink::ieee80211;
  std::vector<Association> associations;  ///< of the watched station, in order
  AirQuality quality;
  /// Numbers and times of every frame that holds the marker text anywhere in its (decrypted) body.
  struct Tagged {
    std::uint64_t frame = 0;
    Timestamp time{};
    std::string tag;
    bool protected_frame = false;
    bool acknowledged = false;
    bool from_access_point = false;  ///< transmitter address is the BSSID
    bool retry = false;
  };
  std::vector<Tagged> tagged;
};

/// Secrets of which one may be the right one: the MIC of an M2 tells.
struct AirSecrets {
  std::vector<Bytes> pmks;  ///< 32 or 48 octets; under FT the PMK or MPMK, and tried as the XXKey
  std::vector<std::string> passphrases;  ///< the PMK follows with the network's SSID
  /// One of them is that of the network: an M2 that none proves has a wrong MIC. Otherwise its MIC
  /// stays unknown. Of AKMs whose PMK is not the network's own (SAE, 802.1X, ...) it never counts.
  bool sure = false;

  bool empty() const { return pmks.empty() && passphrases.empty(); }
};

/// How long after a frame its ACK may come: a SIFS, and what a sniffer's clock is off.
inline constexpr std::chrono::nanoseconds kAckWithin = std::chrono::milliseconds(1);
/// Where the harness is the medium, a program of many tasks acknowledges.
inline constexpr std::chrono::nanoseconds kMediumAckWithin = std::chrono::milliseconds(50);

/// Which data frames to decrypt. `in_doubt`: the first few of each direction and key, those whose
/// packet number falls, repeats or jumps, and all where tags are searched; the others are assumed
/// to be under the key of those around them.
enum class Decrypt : std::uint8_t { all, in_doubt };

/// What to look for.
struct AirQuestion {
  std::vector<MacAddress> bssids;  ///< one, or those among which the station roams
  MacAddress station;
  AirSecrets secrets;                          ///< taken as sure
  std::chrono::nanoseconds realtime_offset{};  ///< capture stamp minus timeline time
  std::string tag_nonce;  ///< tags are "pa:<tag_nonce>:<number>;"; may be empty
  Decrypt decrypt = Decrypt::all;
  std::size_t kept_plaintext = kKeptPlaintext;
  std::chrono::nanoseconds ack_within = kAckWithin;
};

/// Reads and decodes a capture as `survey_air` does, of one station. Of several BSSIDs the
/// associations come in order of time. An Error only when the file can't be read at all; everything
/// odd inside it is counted in `quality`.
Result<Air> read_air(const std::filesystem::path& file, const AirQuestion& question);

/// A frame on a network interface: what the station's (or the access point's) stack sent or
/// accepted.
struct NetdevFrame {
  std::uint64_t frame = 0;
  Timestamp time{};
  MacAddress da, sa;
  std::uint16_t ethertype = 0;
  std::string tag;  ///< "pa:...;" found in the payload, else empty
};
/// Reads an Ethernet capture.
Result<std::vector<NetdevFrame>> read_netdev(const std::filesystem::path& file,
                                             std::chrono::nanoseconds realtime_offset,
                                             const std::string& tag_nonce);

}  // namespace postassoc
