#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/air.h"
#include "harness/air_bss.h"
#include "harness/air_eapol.h"
#include "harness/air_fold.h"
#include "harness/air_quality.h"
#include "harness/air_secrets.h"
#include "harness/air_stream.h"
#include "harness/frames/defragment.h"
#include "harness/frames/dot11.h"

namespace postassoc {

/// What all pairs of a capture share. Outlives them.
struct AirPairSettings {
  PmkCandidates candidates;
  Decrypt decrypt = Decrypt::all;
  std::string tag_nonce;
  std::size_t kept_plaintext = kKeptPlaintext;
  AirLink link = AirLink::ieee80211;
  std::chrono::nanoseconds ack_within = kAckWithin;
  std::size_t fold_at = kFoldAt;
  Bytes plaintext;  ///< scratch: a frame's, while it is looked at
};

/// Follows one access point and one station through a capture, frame by frame, and hands over each
/// association as an Air of its own.
///
/// An association begins at a (re)association request. Where that was not captured, at an
/// association response or at an EAPOL frame that no earlier association explains; it then has no
/// request. It ends at the next one, or at a deauthentication or disassociation of either side; a
/// unicast frame after that still belongs to it (its number is above `end_frame`), and it is handed
/// over when the next one begins. Where management frame protection was negotiated and the keys are
/// in use, an unprotected deauthentication is somebody's forgery and ends nothing.
///
/// What an association keeps is bounded; see AirQuality for what was left out.
class AirPair {
 public:
  using Deliver = std::function<void(Air&&)>;

  /// All outlive this.
  AirPair(AirPairSettings& settings, AirBss& bss, const MacAddress& station, Deliver deliver);

  /// A frame between the two, from the access point to a group, or (`of_pair` false) from one of
  /// the two to somebody else, of which only tags matter. `whole`: the capture did not cut it.
  void see(std::uint64_t number, Timestamp time, const Dot11& dot11, bool of_pair = true,
           bool whole = true);
  /// EAPOL as a network interface shows it.
  void see_ethernet(std::uint64_t number, Timestamp time, Direction direction, ByteView payload);
  /// An ACK of the last frame of this direction.
  void acknowledge(Timestamp time, Direction direction);
  /// An authentication frame that came before the pair was followed.
  void take_earlier(AirManagement frame);
  /// Hands over what there is. `cut`: before its end, for want of room.
  void finish(bool cut);

  const AirBss& bss() const { return *bss_; }
  AirBss& bss() { return *bss_; }
  const MacAddress& station() const { return station_; }
  /// The access point answered a request, or EAPOL was seen.
  bool answered() const;
  /// The association that is not handed over yet; null before the first.
  const Association* latest() const { return current(); }
  /// Of the association that is not handed over yet; the highest number without one.
  std::uint64_t first_frame() const {
    return current() != nullptr ? postassoc::first_frame(*current()) : UINT64_MAX;
  }
  /// Octets of memory, about.
  std::size_t footprint() const;
  void leave_out_group_frames() { air_.quality.group_frames_left_out = true; }

  static std::optional<AirManagement> authentication_of(std::uint64_t number, Timestamp time,
                                                        const Dot11& dot11, Direction direction);

 private:
  struct Frame {
    std::uint64_t number = 0;
    Timestamp time{};
    Direction direction = Direction::from_station;
    bool of_pair = false;  ///< between the two, or from the access point to a group
    bool whole = true;
    const Dot11& dot11;
  };
  /// What the frame put down that an ACK may still confirm. Without initializers of members: clang
  /// 14 takes a nested class that has them as not constructible by std::optional.
  struct AwaitingAck {
    Timestamp time;
    std::optional<std::size_t> eapol, management, earlier;
    std::size_t plain_begin, plain_end;
    std::size_t tagged_begin, tagged_end;
  };
  /// The last EAPOL MPDU of a transmitter, to know its MAC retries.
  struct LastEapol {
    std::size_t index = 0;
    std::uint16_t sequence_number = 0;
  };

  void management(const Frame& frame);
  void assoc_request(const Frame& frame);
  void assoc_response(const Frame& frame);
  void end(const Frame& frame, const AirManagement& seen);
  bool is_forged_end(const Frame& frame, const AirManagement& seen) const;
  AirManagement management_of(const Frame& frame);
  void keep_management(AirManagement seen);

  void data(const Frame& frame);
  // Each returns the index of the EAPOL frame that it put down, or found a retry of.
  std::optional<std::size_t> plain_data(const Frame& frame);
  std::optional<std::size_t> protected_data(const Frame& frame);
  std::optional<std::size_t> eapol(const Frame& frame, ByteView payload);
  std::optional<std::size_t> eapol_in(const Frame& frame, ByteView body);
  void decrypt(const Frame& frame, Association& association, AirProtected& seen);
  void keep_plain(const Frame& frame, std::uint16_t ethertype, ByteView payload);
  bool is_retry(const Frame& frame, const Eapol& pdu) const;
  bool explains(const Frame& frame, const AirEapol& seen) const;
  void tag(const Frame& frame, ByteView body);

  void begin(const Frame& frame);
  void deliver();
  void take_beacon(Association& association);
  AwaitingAck& await_ack(const Frame& frame);
  /// The association that the frame belongs to, or null.
  Association* association_of(const Frame& frame);
  Association* current() { return air_.associations.empty() ? nullptr : &air_.associations.back(); }
  const Association* current() const {
    return air_.associations.empty() ? nullptr : &air_.associations.back();
  }

  AirPairSettings* settings_;
  AirBss* bss_;
  MacAddress station_;
  Deliver deliver_;
  Air air_;  ///< one association at most
  AirQualityMeter meter_;
  BeaconMark beacons_before_;                 ///< the association
  std::optional<BeaconMark> beacons_at_end_;  ///< of the association
  std::optional<EapolSession> session_;       ///< of the last association
  AirStreams streams_;
  std::vector<AirManagement> earlier_;  ///< authentication before the next association begins
  std::array<std::optional<LastEapol>, 2> last_eapol_;
  std::array<std::optional<AwaitingAck>, 2> awaiting_ack_;
  std::optional<std::uint16_t> request_sequence_;
  std::optional<Defragmenter> fragments_;
  std::uint16_t ethernet_sequence_ = 0;
  std::size_t footprint_;
  std::size_t eapol_octets_ = 0;
};

}  // namespace postassoc
