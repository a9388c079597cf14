#include "harness/frames/mpdu_aad.h"

#include <algorithm>

#include "harness/frames/byte_reader.h"

namespace postassoc {
namespace {

constexpr unsigned kSubtypeLow = 0x0070;
constexpr unsigned kRetryPowerMoreData = 0x3800;
constexpr unsigned kProtected = 0x4000;
constexpr unsigned kOrder = 0x8000;
constexpr std::size_t kThreeAddresses = 18;

/// Writes fields into an array front to back; the caller's fields fit.
class Fields {
 public:
  explicit Fields(std::byte* at) : at_(at) {}
  void u8(unsigned value) { *at_++ = static_cast<std::byte>(value); }
  void le16(unsigned value) {
    u8(value);
    u8(value >> 8);
  }
  void bytes(ByteView value) { at_ = std::copy(value.begin(), value.end(), at_); }
  void address(const MacAddress& value) { bytes(std::as_bytes(std::span(value.octets))); }
  void pn(std::uint64_t value) {
    for (int shift = 40; shift >= 0; shift -= 8) {
      u8(static_cast<unsigned>(value >> shift & 0xffU));
    }
  }
  std::byte* at() const { return at_; }

 private:
  std::byte* at_;
};

}  // namespace

MpduAad aad_of(const Dot11& frame) {
  MpduAad aad;
  ByteReader header(frame.header);
  unsigned control = header.le16();
  control = (control & ~kRetryPowerMoreData) | kProtected;
  if (frame.is_data()) {
    control &= ~kSubtypeLow;
  }
  if (frame.qos_control) {
    control &= ~kOrder;
  }
  header.skip(2);  // duration
  Fields fields(aad.octets.data());
  fields.le16(control);
  fields.bytes(header.bytes(kThreeAddresses));
  fields.le16(frame.fragment_number);
  if (frame.addr4) {
    fields.address(*frame.addr4);
  }
  if (frame.qos_control) {
    fields.le16(frame.qos_control->tid());
  }
  aad.size = static_cast<std::size_t>(fields.at() - aad.octets.data());
  return aad;
}

std::array<std::byte, 13> ccmp_nonce_of(const Dot11& frame, std::uint64_t pn) {
  std::array<std::byte, 13> nonce{};
  Fields fields(nonce.data());
  fields.u8((frame.qos_control ? frame.qos_control->tid() : 0U) |
            (frame.is_management() ? 0x10U : 0U));
  fields.address(frame.ta.value_or(MacAddress{}));
  fields.pn(pn);
  return nonce;
}

std::array<std::byte, 12> gcmp_nonce_of(const Dot11& frame, std::uint64_t pn) {
  std::array<std::byte, 12> nonce{};
  Fields fields(nonce.data());
  fields.address(frame.ta.value_or(MacAddress{}));
  fields.pn(pn);
  return nonce;
}

}  // namespace postassoc
