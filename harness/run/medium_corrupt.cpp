#include "harness/run/medium_corrupt.h"

#include <algorithm>

#include "harness/frames/data_key.h"
#include "harness/frames/dot11.h"

namespace postassoc {
namespace {

using medium::KeyField;

constexpr std::size_t kLlcSnap = 8;

struct Place {
  std::size_t begin = 0, size = 0;
};

/// In an EAPOL PDU that carries an EAPOL-Key frame (IEEE 802.11-2020, figure 12-35).
std::optional<Place> place_of(KeyField field, ByteView pdu) {
  constexpr std::size_t kMic = 81;
  if (pdu.size() < kMic + 2 || std::to_integer<unsigned>(pdu[1]) != kEapolKey) {
    return std::nullopt;
  }
  // What is left for MIC, key data length and key data tells how long the MIC is.
  std::size_t mic = 0;
  for (const std::size_t length : {16U, 24U, 32U, 0U}) {
    const std::size_t at = kMic + length;
    if (pdu.size() < at + 2) {
      continue;
    }
    const std::size_t data =
        std::to_integer<std::size_t>(pdu[at]) << 8 | std::to_integer<std::size_t>(pdu[at + 1]);
    if (at + 2 + data == pdu.size()) {
      mic = length;
      break;
    }
  }
  switch (field) {
    case KeyField::key_info:
      return Place{5, 2};
    case KeyField::replay_counter:
      return Place{9, 8};
    case KeyField::nonce:
      return Place{17, 32};
    case KeyField::rsc:
      return Place{65, 8};
    case KeyField::mic:
      return Place{kMic, mic};
    case KeyField::key_data:
      return Place{kMic + mic + 2, pdu.size() - kMic - mic - 2};
  }
  return std::nullopt;
}

bool is_eapol(medium::FrameWord frame) {
  return medium::fits(medium::FrameWord::eapol, frame);
}

/// Inverts in a plaintext body.
std::optional<CorruptedBit> invert(const medium::Corrupt& how, bool eapol,
                                   std::span<std::byte> body) {
  const std::size_t from = eapol ? kLlcSnap : 0;
  if (body.size() <= from) {
    return std::nullopt;
  }
  const auto pdu = body.subspan(from);
  CorruptedBit bit{static_cast<std::size_t>(how.octet), how.bit};
  if (how.field) {
    const auto place = eapol ? place_of(*how.field, pdu) : std::nullopt;
    if (!place || place->size == 0) {
      return std::nullopt;
    }
    bit = {place->begin + place->size - 1, 0};
  }
  if (bit.octet >= pdu.size()) {
    return std::nullopt;
  }
  pdu[bit.octet] ^= static_cast<std::byte>(1U << static_cast<unsigned>(bit.bit));
  return bit;
}

}  // namespace

std::optional<CorruptedBit> corrupt_frame(const medium::Corrupt& how, const MediumSight& sight,
                                          Bytes& frame) {
  const auto dot11 = parse_dot11(frame);
  if (!dot11) {
    return std::nullopt;
  }
  const std::size_t header = dot11->header_length;
  if (!dot11->protected_frame || !sight.tk) {
    return invert(how, is_eapol(sight.frame), std::span(frame).subspan(header));
  }
  const auto cipher_header = parse_cipher_header(sight.cipher, dot11->body);
  auto plain = decrypt_mpdu(sight.cipher, *sight.tk, *dot11);
  if (!cipher_header || !plain) {
    return std::nullopt;
  }
  const auto bit = invert(how, is_eapol(sight.frame), *plain);
  auto body = encrypt_mpdu(sight.cipher, *sight.tk, dot11->header, *cipher_header, *plain);
  if (!bit || !body) {
    return std::nullopt;
  }
  frame.resize(header);
  frame.insert(frame.end(), body->begin(), body->end());
  return bit;
}

}  // namespace postassoc
