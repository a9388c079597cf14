#include "harness/frames/dot11.h"

#include <algorithm>

#include "harness/frames/byte_reader.h"
#include "harness/frames/malformed.h"

namespace postassoc {
namespace {

MacAddress take_address(ByteReader& reader) {
  const auto octets = reader.array<6>();
  return MacAddress::from(octets);
}

void take_frame_control(Dot11& frame, std::uint16_t control) {
  frame.type = static_cast<FrameType>(control >> 2 & 3U);
  frame.subtype = static_cast<std::uint8_t>(control >> 4 & 0x0fU);
  frame.to_ds = (control & 0x0100U) != 0;
  frame.from_ds = (control & 0x0200U) != 0;
  frame.more_fragments = (control & 0x0400U) != 0;
  frame.retry = (control & 0x0800U) != 0;
  frame.power_management = (control & 0x1000U) != 0;
  frame.more_data = (control & 0x2000U) != 0;
  frame.protected_frame = (control & 0x4000U) != 0;
  frame.order = (control & 0x8000U) != 0;
}

/// Address 1 to sequence control: the part that management and data frames share.
void take_addresses(Dot11& frame, ByteReader& reader) {
  frame.ra = take_address(reader);
  frame.ta = take_address(reader);
  frame.addr3 = take_address(reader);
  const std::uint16_t sequence_control = reader.le16();
  frame.sequence_number = static_cast<std::uint16_t>(sequence_control >> 4);
  frame.fragment_number = static_cast<std::uint8_t>(sequence_control & 0x0fU);
}

/// Trigger, BRP, NDP Announcement, BlockAckReq, BlockAck, PS-Poll, RTS, CF-End, CF-End+Ack.
constexpr std::uint16_t kControlSubtypesWithTa = 0xcf34;
static_assert((kControlSubtypesWithTa >> kAck & 1U) == 0);
static_assert((kControlSubtypesWithTa >> kCts & 1U) == 0);

void take_rest_of_header(Dot11& frame, ByteReader& reader) {
  switch (frame.type) {
    case FrameType::management:
      take_addresses(frame, reader);
      if (frame.order) {
        frame.ht_control = reader.le32();
      }
      break;
    case FrameType::control:
      frame.ra = take_address(reader);
      if ((kControlSubtypesWithTa >> frame.subtype & 1U) != 0) {
        frame.ta = take_address(reader);
      }
      break;
    case FrameType::data:
      take_addresses(frame, reader);
      if (frame.to_ds && frame.from_ds) {
        frame.addr4 = take_address(reader);
      }
      if (frame.is_qos_data()) {
        frame.qos_control = QosControl{reader.le16()};
        if (frame.order) {
          frame.ht_control = reader.le32();
        }
      }
      break;
    case FrameType::extension:
      break;
  }
}

}  // namespace

std::optional<MacAddress> Dot11::da() const {
  if (is_management()) {
    return ra;
  }
  if (!is_data()) {
    return std::nullopt;
  }
  return to_ds ? addr3 : ra;
}

std::optional<MacAddress> Dot11::sa() const {
  if (is_management()) {
    return ta;
  }
  if (!is_data()) {
    return std::nullopt;
  }
  if (!from_ds) {
    return ta;
  }
  return to_ds ? addr4 : addr3;
}

std::optional<MacAddress> Dot11::bssid() const {
  if (is_management()) {
    return addr3;
  }
  if (!is_data() || (to_ds && from_ds)) {
    return std::nullopt;
  }
  if (to_ds) {
    return ra;
  }
  return from_ds ? ta : addr3;
}

Result<Dot11> parse_dot11(ByteView frame, bool has_fcs, bool data_pad) {
  if (has_fcs) {
    if (frame.size() < 4) {
      return malformed("802.11", "the frame is shorter than its FCS");
    }
    frame = frame.first(frame.size() - 4);
  }
  ByteReader reader(frame);
  const std::uint16_t control = reader.le16();
  Dot11 parsed;
  take_frame_control(parsed, control);
  parsed.duration = reader.le16();
  take_rest_of_header(parsed, reader);
  if (!reader.ok()) {
    return malformed("802.11", "the header is cut off: the frame has " +
                                   std::to_string(frame.size()) + " octets");
  }
  if ((control & 3U) != 0) {
    return malformed("802.11", "protocol version " + std::to_string(control & 3U) + " is not 0");
  }
  parsed.header = frame.first(reader.offset());
  parsed.header_length = reader.offset();
  if (data_pad && parsed.is_data()) {
    parsed.header_length = std::min((parsed.header_length + 3) / 4 * 4, frame.size());
  }
  parsed.body = frame.subspan(parsed.header_length);
  return parsed;
}

}  // namespace postassoc
