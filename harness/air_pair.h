#pragma once

#include <array>
#include <optional>

#include "harness/air.h"
#include "harness/air_eapol.h"
#include "harness/air_quality.h"
#include "harness/frames/dot11.h"

namespace postassoc {

/// Follows one access point and one station through a capture, frame by frame, and keeps in an Air
/// what it says of them. What is of other stations is passed over at once.
///
/// An association begins at a (re)association request. Where that was not captured, at an
/// association response or at an EAPOL frame that no earlier association explains; it then has no
/// request. It ends at the next one, or at a deauthentication or disassociation of either side; a
/// unicast frame after that still belongs to it (its number is above `end_frame`). Where management
/// frame protection was negotiated and the keys are in use, an unprotected deauthentication is
/// somebody's forgery and ends nothing.
class AirPair {
 public:
  /// Both outlive this.
  AirPair(const AirQuestion& question, Air& air);

  void see(std::uint64_t number, Timestamp time, const Dot11& dot11);

 private:
  struct Frame {
    std::uint64_t number = 0;
    Timestamp time{};
    Direction direction = Direction::from_station;
    bool of_pair = false;  ///< between the two, or from the access point to a group
    const Dot11& dot11;
  };
  /// What the frame put down that an ACK may still confirm.
  struct AwaitingAck {
    Timestamp time{};
    std::optional<std::size_t> eapol;
    std::size_t plain_begin = 0, plain_end = 0;
    std::size_t tagged_begin = 0, tagged_end = 0;
  };
  /// The last EAPOL MPDU of a transmitter, to know its MAC retries.
  struct LastEapol {
    std::size_t index = 0;
    std::uint16_t sequence_number = 0;
  };

  void management(const Frame& frame);
  void assoc_request(const Frame& frame);
  void assoc_response(const Frame& frame);
  void beacon(const Frame& frame);
  void end(const Frame& frame);
  bool is_forged_end(const Frame& frame, std::optional<Bytes>& plaintext) const;

  void data(const Frame& frame);
  // Each returns the index of the EAPOL frame that it put down, or found a retry of.
  std::optional<std::size_t> plain_data(const Frame& frame);
  std::optional<std::size_t> protected_data(const Frame& frame);
  std::optional<std::size_t> eapol(const Frame& frame, ByteView payload);
  bool is_retry(const Frame& frame, const Eapol& pdu) const;
  bool explains(const Frame& frame, const AirEapol& seen) const;
  void tag(const Frame& frame, ByteView body);
  void acknowledge(Timestamp time, const MacAddress& transmitter);

  void begin(const Frame& frame);
  /// The association that the frame belongs to, or null.
  Association* association_of(const Frame& frame);

  const AirQuestion& question_;
  Air& air_;
  AirQualityMeter meter_;
  std::optional<EapolSession> session_;  ///< of the last association
  std::array<std::optional<LastEapol>, 2> last_eapol_;
  std::array<std::optional<AwaitingAck>, 2> awaiting_ack_;
  std::optional<std::uint16_t> request_sequence_;
};

}  // namespace postassoc
