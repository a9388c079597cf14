#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "harness/frames/bytes.h"
#include "harness/frames/mac_address.h"
#include "harness/result.h"

namespace postassoc {

/// The Type subfield of Frame Control (IEEE 802.11-2020, 9.2.4.1.3).
enum class FrameType : std::uint8_t { management, control, data, extension };

/// Subtypes by name; a number means something only together with its type.
inline constexpr std::uint8_t kAssocRequest = 0;
inline constexpr std::uint8_t kAssocResponse = 1;
inline constexpr std::uint8_t kReassocRequest = 2;
inline constexpr std::uint8_t kReassocResponse = 3;
inline constexpr std::uint8_t kProbeRequest = 4;
inline constexpr std::uint8_t kProbeResponse = 5;
inline constexpr std::uint8_t kBeacon = 8;
inline constexpr std::uint8_t kDisassociation = 10;
inline constexpr std::uint8_t kAuthentication = 11;
inline constexpr std::uint8_t kDeauthentication = 12;
inline constexpr std::uint8_t kAction = 13;
inline constexpr std::uint8_t kActionNoAck = 14;
inline constexpr std::uint8_t kPsPoll = 10;
inline constexpr std::uint8_t kRts = 11;
inline constexpr std::uint8_t kCts = 12;
inline constexpr std::uint8_t kAck = 13;
inline constexpr std::uint8_t kData = 0;
inline constexpr std::uint8_t kNull = 4;
inline constexpr std::uint8_t kQosData = 8;
inline constexpr std::uint8_t kQosNull = 12;

/// The QoS Control field of a data frame (9.2.4.5).
struct QosControl {
  std::uint16_t raw = 0;

  std::uint8_t tid() const { return static_cast<std::uint8_t>(raw & 0x0fU); }
  bool eosp() const { return (raw & 0x10U) != 0; }
  std::uint8_t ack_policy() const { return static_cast<std::uint8_t>(raw >> 5 & 3U); }
  bool amsdu_present() const { return (raw & 0x80U) != 0; }
};

/// An IEEE 802.11 MAC header and where its body lies. `header` and `body` point into the frame that
/// was parsed and live as long as it. The body of a protected frame is still encrypted.
struct Dot11 {
  FrameType type = FrameType::management;
  std::uint8_t subtype = 0;
  bool to_ds = false;
  bool from_ds = false;
  bool more_fragments = false;
  bool retry = false;
  bool power_management = false;
  bool more_data = false;
  bool protected_frame = false;
  bool order = false;  ///< +HTC in QoS data and management frames

  std::uint16_t duration = 0;  ///< microseconds; in a PS-Poll the AID
  MacAddress ra;               ///< address 1; all zero in an extension frame
  std::optional<MacAddress> ta;
  std::optional<MacAddress> addr3;
  std::optional<MacAddress> addr4;
  std::uint16_t sequence_number = 0;  ///< 0 to 4095; 0 when the frame has none
  std::uint8_t fragment_number = 0;   ///< 0 to 15
  std::optional<QosControl> qos_control;
  std::optional<std::uint32_t> ht_control;

  std::size_t header_length = 0;  ///< in octets, with the capture's padding: where `body` begins
  ByteView header;                ///< the MAC header as sent, without padding
  ByteView body;                  ///< without the FCS

  bool is_management() const { return type == FrameType::management; }
  bool is_control() const { return type == FrameType::control; }
  bool is_data() const { return type == FrameType::data; }
  bool is_qos_data() const { return is_data() && (subtype & 8U) != 0; }
  /// A data frame of a subtype that carries no MSDU: Null, QoS Null and the CF relatives.
  bool is_null_data() const { return is_data() && (subtype & 4U) != 0; }
  bool is(FrameType of_type, std::uint8_t of_subtype) const {
    return type == of_type && subtype == of_subtype;
  }
  bool is_beacon() const { return is(FrameType::management, kBeacon); }
  bool is_probe_request() const { return is(FrameType::management, kProbeRequest); }
  bool is_probe_response() const { return is(FrameType::management, kProbeResponse); }
  bool is_authentication() const { return is(FrameType::management, kAuthentication); }
  bool is_deauthentication() const { return is(FrameType::management, kDeauthentication); }
  bool is_disassociation() const { return is(FrameType::management, kDisassociation); }
  bool is_action() const { return is(FrameType::management, kAction); }
  /// Association and reassociation alike.
  bool is_assoc_request() const {
    return is(FrameType::management, kAssocRequest) || is(FrameType::management, kReassocRequest);
  }
  bool is_assoc_response() const {
    return is(FrameType::management, kAssocResponse) || is(FrameType::management, kReassocResponse);
  }
  bool is_reassoc_request() const { return is(FrameType::management, kReassocRequest); }
  bool is_ack() const { return is(FrameType::control, kAck); }
  bool has_four_addresses() const { return is_data() && to_ds && from_ds; }

  /// Destination, source and BSSID by the To DS/From DS rules (table 9-30), for management frames
  /// RA, TA and address 3. Nothing where the frame does not say: control frames, the BSSID of a
  /// four-address frame. In an A-MSDU, the subframes say DA and SA, not the header.
  std::optional<MacAddress> da() const;
  std::optional<MacAddress> sa() const;
  std::optional<MacAddress> bssid() const;
};

/// Decodes the MAC header of `frame`. `has_fcs`: the last four octets are an FCS, to be left out.
/// `data_pad`: the header is padded to a multiple of four octets before the body. An Error when the
/// frame is shorter than its header or of a protocol version that is not 0.
Result<Dot11> parse_dot11(ByteView frame, bool has_fcs = false, bool data_pad = false);

}  // namespace postassoc
