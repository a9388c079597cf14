#include <algorithm>

#include "harness/air_pair.h"
#include "harness/frames/ccmp.h"
#include "harness/frames/msdu.h"

namespace postassoc {
namespace {

/// The MSDUs of a frame; what is none that can be read, as one without an ethertype.
std::vector<Msdu> msdus_of(const Dot11& frame, ByteView body) {
  auto parsed = parse_msdus(frame, body);
  if (parsed) {
    return std::move(*parsed);
  }
  Msdu whole;
  whole.payload = body;
  return {whole};
}

/// An EAPOL PDU even of what does not parse as one: then with all its bytes, and the reason.
Eapol eapol_of(ByteView payload, std::string& unknown_reason) {
  auto parsed = parse_eapol(payload);
  if (parsed) {
    return std::move(*parsed);
  }
  unknown_reason = to_string(parsed.error());
  constexpr std::size_t kHeader = 4;
  Eapol eapol;
  eapol.raw.assign(payload.begin(), payload.end());
  eapol.raw.resize(std::max(eapol.raw.size(), kHeader));
  eapol.version = std::to_integer<std::uint8_t>(eapol.raw[0]);
  eapol.type = std::to_integer<std::uint8_t>(eapol.raw[1]);
  return eapol;
}

}  // namespace

void AirPair::data(const Frame& frame) {
  const std::size_t tagged_begin = air_.tagged.size();
  const std::size_t associations = air_.associations.size();
  const std::size_t plain_begin = associations ? air_.associations.back().plain_data.size() : 0;
  if (frame.of_pair) {
    meter_.data(frame.direction, frame.dot11);
  }
  const auto eapol = frame.dot11.protected_frame ? protected_data(frame) : plain_data(frame);
  if (frame.dot11.ra.is_group()) {
    return;
  }
  const bool same = associations > 0 && associations == air_.associations.size();
  const std::size_t plain_end = same ? air_.associations.back().plain_data.size() : 0;
  awaiting_ack_[static_cast<std::size_t>(frame.direction)] =
      AwaitingAck{frame.time, eapol,        std::min(plain_begin, plain_end),
                  plain_end,  tagged_begin, air_.tagged.size()};
}

std::optional<std::size_t> AirPair::plain_data(const Frame& frame) {
  tag(frame, frame.dot11.body);
  if (!frame.of_pair) {
    return std::nullopt;
  }
  std::optional<std::size_t> eapol_index;
  for (const Msdu& msdu : msdus_of(frame.dot11, frame.dot11.body)) {
    if (msdu.ethertype == kEthertypeEapol) {
      eapol_index = eapol(frame, msdu.payload);
    } else if (Association* association = association_of(frame)) {
      association->plain_data.push_back(
          {frame.number, frame.time, frame.direction, frame.dot11.ra.is_group(), frame.dot11.retry,
           false, msdu.ethertype, Bytes(msdu.payload.begin(), msdu.payload.end())});
    }
  }
  return eapol_index;
}

std::optional<std::size_t> AirPair::protected_data(const Frame& frame) {
  if (!frame.of_pair) {
    return std::nullopt;
  }
  Association* association = association_of(frame);
  const auto header = parse_ccmp_header(frame.dot11.body);
  const bool group = frame.dot11.ra.is_group();
  const bool counts = !group || (association && header && session_->keys().has_gtk(header->key_id));
  air_.quality.protected_total += counts ? 1 : 0;
  if (!header) {
    air_.quality.iv_missing += 1;
    return std::nullopt;
  }
  if (!association) {
    return std::nullopt;
  }
  AirProtected seen;
  seen.frame = frame.number;
  seen.time = frame.time;
  seen.direction = frame.direction;
  seen.group = group;
  seen.retry = frame.dot11.retry;
  seen.sequence_number = frame.dot11.sequence_number;
  seen.tid = frame.dot11.qos_control ? frame.dot11.qos_control->tid() : std::uint8_t{0};
  seen.pn = header->pn;
  seen.key_id = header->key_id;
  seen.handshake = kNoKey;
  auto decrypted = session_->keys().decrypt(frame.dot11, header->key_id);
  if (!decrypted) {
    association->protected_data.push_back(std::move(seen));
    return std::nullopt;
  }
  ++air_.quality.protected_decrypted;
  const Bytes plaintext = std::move(decrypted->plaintext);
  const auto msdus = msdus_of(frame.dot11, plaintext);
  seen.handshake = decrypted->handshake;
  seen.ethertype = msdus.empty() ? std::uint16_t{0} : msdus.front().ethertype;
  seen.plaintext = plaintext;
  association->protected_data.push_back(std::move(seen));
  tag(frame, plaintext);
  std::optional<std::size_t> eapol_index;
  for (const Msdu& msdu : msdus) {
    if (msdu.ethertype == kEthertypeEapol) {
      eapol_index = eapol(frame, msdu.payload);
    }
  }
  return eapol_index;
}

bool AirPair::is_retry(const Frame& frame, const Eapol& pdu) const {
  const auto& last = last_eapol_[static_cast<std::size_t>(frame.direction)];
  return last && frame.dot11.retry && last->sequence_number == frame.dot11.sequence_number &&
         air_.associations.back().eapol[last->index].eapol.raw == pdu.raw;
}

std::optional<std::size_t> AirPair::eapol(const Frame& frame, ByteView payload) {
  AirEapol seen;
  seen.frame = frame.number;
  seen.time = frame.time;
  seen.direction = frame.direction;
  seen.protected_frame = frame.dot11.protected_frame;
  seen.eapol = eapol_of(payload, seen.unknown_reason);
  if (is_retry(frame, seen.eapol)) {
    const std::size_t index = last_eapol_[static_cast<std::size_t>(frame.direction)]->index;
    ++air_.associations.back().eapol[index].transmissions;
    return index;
  }
  if (seen.unknown_reason.empty()) {
    auto key = parse_eapol_key(seen.eapol);
    if (key) {
      seen.key = std::move(*key);
    } else {
      seen.unknown_reason = to_string(key.error());
    }
  }
  if (!explains(frame, seen)) {
    begin(frame);
  }
  Association* association = association_of(frame);
  if (!association) {
    return std::nullopt;
  }
  const std::size_t index = session_->add(*association, std::move(seen));
  last_eapol_[static_cast<std::size_t>(frame.direction)] = {index, frame.dot11.sequence_number};
  return index;
}

/// Whether the last association can hold this frame. After its end, an M1 with an ANonce that it
/// does not know shows that a request was not captured.
bool AirPair::explains(const Frame& frame, const AirEapol& seen) const {
  if (air_.associations.empty()) {
    return frame.dot11.ra.is_group();
  }
  const Association& last = air_.associations.back();
  if (!last.end_frame || !seen.key || frame.direction != Direction::from_access_point ||
      classify(*seen.key) != KeyMessage::m1) {
    return true;
  }
  return std::any_of(last.eapol.begin(), last.eapol.end(), [&](const AirEapol& earlier) {
    return earlier.message == KeyMessage::m1 && earlier.key->nonce == seen.key->nonce;
  });
}

}  // namespace postassoc
