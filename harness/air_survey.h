#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/air.h"
#include "harness/result.h"

namespace postassoc {

/// What became of a frame of the file. Every frame is of exactly one class; what follows
/// `bystander` could not be decoded.
enum class FrameClass : std::uint8_t {
  followed,   ///< of a (BSSID, station) pair that is followed, or a group frame of its access point
  network,    ///< beacon, probe request, probe response
  control,    ///< ACK, RTS, ...
  bystander,  ///< sound, but of nobody who is followed: no association or EAPOL seen, or filtered
  heard_twice,  ///< a transmission that a second sniffer heard too, see air_twice.h
  bad_fcs,
  bad_link_header,     ///< the radiotap, PPI, Prism or AVS header is malformed
  cut_header,          ///< ends inside its 802.11 or Ethernet header
  protocol_version_1,  ///< S1G
  other_version,       ///< protocol version 2 or 3: noise
};
inline constexpr std::size_t kFrameClasses = 10;
/// In words for a person: "bad FCS", "link header malformed", ...
std::string_view to_string(FrameClass of);
constexpr bool is_undecoded(FrameClass of) {
  return of >= FrameClass::bad_fcs;
}

/// A network of the capture, by its latest beacon or probe response.
struct SurveyBss {
  MacAddress bssid;
  std::string ssid;  ///< octets as sent; empty when hidden or never seen
  Bytes rsne;        ///< with id and length; empty: open, or none seen
  Bytes rsnxe;
  std::uint64_t beacons = 0;
  std::optional<Timestamp> first_beacon, last_beacon;
  std::uint16_t interval_tu = 0;
};

struct SurveySummary {
  struct Count {
    std::uint64_t frames = 0;
    std::uint64_t first_frame = 0;  ///< number of the first one; 0: none
  };

  std::uint64_t frames = 0;  ///< in the file
  std::uint64_t bytes = 0;   ///< captured, of all frames
  int link_type = 0;         ///< of the first interface
  std::array<Count, kFrameClasses> classes{};
  const Count& of(FrameClass which) const { return classes[static_cast<std::size_t>(which)]; }
  std::uint64_t undecoded() const;
  Count cut_short;   ///< of all classes: the capture kept less of the frame than was sent
  Count clock_back;  ///< stamped before its predecessor
  std::optional<std::chrono::nanoseconds> first_stamp, last_stamp;  ///< since the epoch
  std::optional<std::string> truncated;                             ///< why the file ends early
  bool still_growing = false;  ///< the file became longer while it was read

  std::vector<SurveyBss> bsses;  ///< in order of appearance, at most kMaxBsses
  std::uint64_t bsses_not_kept = 0;
  std::uint64_t stations = 0;      ///< different station addresses, counted up to kMaxStations
  std::uint64_t associations = 0;  ///< given to the sink
  /// Stations of which nothing but an unanswered request was seen, given up when there were too
  /// many; never given to the sink.
  std::uint64_t stations_given_up = 0;
  /// Associations given to the sink before they had ended, for want of memory.
  std::uint64_t associations_cut = 0;
  std::uint64_t associations_of_other_ssids = 0;  ///< left out by SurveyQuestion::ssid

  static constexpr std::size_t kMaxBsses = 4096;
  static constexpr std::size_t kMaxStations = 65536;
};

struct SurveyQuestion {
  std::optional<std::string> ssid;    ///< only associations with this network
  std::optional<MacAddress> bssid;    ///< only this access point
  std::optional<MacAddress> station;  ///< only this station
  AirSecrets secrets;
  Decrypt decrypt = Decrypt::in_doubt;
  std::chrono::nanoseconds realtime_offset{};  ///< capture stamp minus the time that is reported
  std::string tag_nonce;
  std::size_t kept_plaintext = kKeptPlaintext;  ///< octets of AirProtected::plaintext
  std::chrono::nanoseconds ack_within = kAckWithin;
};

/// Takes one association: an Air with nothing else, and the quality of its pair while it lasted.
/// False: enough, stop reading.
using AirSink = std::function<bool(Air&&)>;

/// Reads a capture once, front to back (pcap, pcapng, gzip; radiotap, PPI, 802.11, Ethernet), and
/// follows every pair of access point and station that shows a (re)association or EAPOL. Each
/// association goes to the sink when the next one of its pair begins, some time after it has ended,
/// or at the end of the file; memory is bounded whatever the file holds. An Error only when the
/// file can't be read as a capture at all; everything odd inside is in the summary.
Result<SurveySummary> survey_air(const std::filesystem::path& file, const SurveyQuestion& question,
                                 const AirSink& sink);

}  // namespace postassoc
