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
#include "harness/result.h"

namespace postassoc {

/// What the air capture of a run says about one access point and its stations: every frame of
/// theirs, decoded once. All `frame` numbers are 1-based positions in the capture, as Wireshark
/// counts; all times are on the timeline's clock.

enum class Direction { from_station, from_access_point };
std::string_view to_string(Direction direction);

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
  std::size_t handshake = 0;       ///< index of the handshake whose key decrypts it; kNoKey else
  std::optional<Bytes> plaintext;  ///< LLC/SNAP and on, where it decrypts
  std::uint16_t ethertype = 0;     ///< of the plaintext; 0 unknown
  bool zero_key = false;           ///< it decrypts under a TK of zeros
};
inline constexpr std::size_t kNoKey = static_cast<std::size_t>(-1);

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
  Bytes payload;  ///< after LLC/SNAP
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
};

/// From a (re)association request to the next one, or a deauthentication or disassociation.
struct Association {
  MacAddress bssid, station;
  std::optional<std::uint64_t> request_frame, response_frame;
  std::optional<Timestamp> request_time, response_time;
  std::optional<std::uint16_t> status;       ///< of the response
  bool reassociation = false;                ///< the request is a reassociation request
  std::optional<MacAddress> previous_bssid;  ///< its Current AP address
  bool fast_transition = false;  ///< keyed by FT authentication frames: no 4-way handshake follows
  Bytes rsne;                    ///< element of the request, with its id and length; may be empty
  Bytes rsnxe;                   ///< likewise
  Bytes beacon_rsne;   ///< of the BSS, from its beacons or probe responses before the association
  Bytes beacon_rsnxe;  ///< likewise
  std::optional<SelectedSuites> suites;
  std::vector<AirManagement> management;
  std::vector<AirEapol> eapol;
  std::vector<Handshake> handshakes;
  std::vector<AirProtected> protected_data;
  std::vector<AirPlain> plain_data;
  std::optional<std::uint64_t> end_frame;
  std::optional<Timestamp> end_time;
  std::optional<std::uint16_t> end_reason;  ///< reason code of the frame that ended it
  std::optional<Direction> ended_by;
};

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
  std::uint64_t iv_missing = 0;  ///< Protected=1 but no CCMP header: the sniffer stripped it
  std::optional<Timestamp> first_beacon, last_beacon;
};

struct Air {
  std::vector<Association> associations;  ///< of the watched station, in order
  AirQuality quality;
  Bytes beacon_rsne;  ///< element with id and length; empty: open or none seen
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

/// What to look for.
struct AirQuestion {
  MacAddress bssid;
  MacAddress station;
  std::optional<Bytes> pmk;                    ///< 32 bytes
  std::chrono::nanoseconds realtime_offset{};  ///< capture stamp minus timeline time
  std::string tag_nonce;  ///< tags are "pa:<tag_nonce>:<number>;"; may be empty
};

/// Reads and decodes a capture (pcap or pcapng, radiotap or plain 802.11). An Error only when the
/// file can't be read at all; everything odd inside it is counted in `quality`.
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
