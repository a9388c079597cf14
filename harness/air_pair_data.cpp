#include <algorithm>

#include "harness/air_pair.h"
#include "harness/frames/msdu.h"

namespace postassoc {
namespace {

constexpr std::size_t kMostEapol = 4096;
constexpr std::size_t kMostEapolOctets = 1024 * 1024;
constexpr std::size_t kMostPlain = 8192;

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

std::uint64_t last_octets(ByteView body) {
  std::uint64_t value = 0;
  for (const std::byte octet : body.last(std::min<std::size_t>(body.size(), 8))) {
    value = value << 8 | std::to_integer<std::uint64_t>(octet);
  }
  return value;
}

Bytes first_octets(ByteView bytes, std::size_t most) {
  const ByteView kept = bytes.first(std::min(bytes.size(), most));
  return Bytes(kept.begin(), kept.end());
}

AirProtected header_of(std::uint64_t number, Timestamp time, Direction direction,
                       const Dot11& dot11, const CipherHeader& cipher, bool whole) {
  AirProtected seen;
  seen.frame = number;
  seen.time = time;
  seen.direction = direction;
  seen.group = dot11.ra.is_group();
  seen.retry = dot11.retry;
  seen.sequence_number = dot11.sequence_number;
  seen.tid = dot11.qos_control ? dot11.qos_control->tid() : std::uint8_t{0};
  seen.fragment_number = dot11.fragment_number;
  seen.more_fragments = dot11.more_fragments;
  seen.pn = cipher.pn;
  seen.key_id = cipher.key_id;
  seen.handshake = kNoKey;
  seen.mic = whole ? last_octets(dot11.body) : 0;
  return seen;
}

}  // namespace

void AirPair::data(const Frame& frame) {
  const std::size_t tagged_begin = air_.tagged.size();
  const Association* before = current();
  const std::size_t plain_begin = before != nullptr ? before->plain_data.size() : 0;
  const auto began = before != nullptr ? before->request_frame : std::nullopt;
  if (frame.of_pair) {
    meter_.data(frame.direction, frame.dot11);
  }
  const auto eapol = frame.dot11.protected_frame ? protected_data(frame) : plain_data(frame);
  if (frame.dot11.ra.is_group()) {
    return;
  }
  const Association* after = current();
  const bool same = before != nullptr && after != nullptr && after->request_frame == began &&
                    after->plain_data.size() >= plain_begin;
  AwaitingAck& awaiting = await_ack(frame);
  awaiting.eapol = eapol;
  awaiting.plain_end = after != nullptr ? after->plain_data.size() : 0;
  awaiting.plain_begin = same ? plain_begin : awaiting.plain_end;
  awaiting.tagged_end = air_.tagged.size();
  awaiting.tagged_begin = std::min(tagged_begin, awaiting.tagged_end);
}

std::optional<std::size_t> AirPair::plain_data(const Frame& frame) {
  tag(frame, frame.dot11.body);
  if (!frame.of_pair) {
    return std::nullopt;
  }
  std::optional<std::size_t> eapol_index;
  if (is_fragment(frame.dot11)) {
    eapol_index = eapol_in(frame, frame.dot11.body);
  }
  for (const Msdu& msdu : msdus_of(frame.dot11, frame.dot11.body)) {
    if (msdu.ethertype != kEthertypeEapol) {
      keep_plain(frame, msdu.ethertype, msdu.payload);
    } else if (!is_fragment(frame.dot11)) {
      eapol_index = eapol(frame, msdu.payload);
    }
  }
  return eapol_index;
}

void AirPair::keep_plain(const Frame& frame, std::uint16_t ethertype, ByteView payload) {
  Association* association = association_of(frame);
  if (association == nullptr) {
    return;
  }
  if (association->plain_data.size() >= kMostPlain) {
    ++air_.quality.plain_not_kept;
    return;
  }
  association->plain_data.push_back({frame.number, frame.time, frame.direction,
                                     frame.dot11.ra.is_group(), frame.dot11.retry, false, ethertype,
                                     first_octets(payload, kKeptPayload)});
  footprint_ += sizeof(AirPlain) + association->plain_data.back().payload.size();
}

/// EAPOL of a plaintext body; where it is a fragment, with the last one.
std::optional<std::size_t> AirPair::eapol_in(const Frame& frame, ByteView body) {
  std::optional<std::size_t> index;
  Dot11 header = frame.dot11;
  std::optional<Bytes> joined;
  if (is_fragment(header)) {
    if (!fragments_) {
      fragments_.emplace(4);
    }
    joined = fragments_->add(header, body);
    if (!joined) {
      return index;
    }
    header = as_whole(header);
    body = *joined;
  }
  for (const Msdu& msdu : msdus_of(header, body)) {
    if (msdu.ethertype == kEthertypeEapol) {
      index = eapol(frame, msdu.payload);
    }
  }
  return index;
}

std::optional<std::size_t> AirPair::protected_data(const Frame& frame) {
  if (!frame.of_pair) {
    return std::nullopt;
  }
  Association* association = association_of(frame);
  const bool group = frame.dot11.ra.is_group();
  const SelectedSuites suites =
      association != nullptr ? association->suites.value_or(SelectedSuites{}) : SelectedSuites{};
  const Suite cipher = group ? suites.group : suites.pairwise;
  const auto header = parse_cipher_header(cipher != 0 ? cipher : kCipherCcmp128, frame.dot11.body);
  const bool counts =
      !group || (association != nullptr && header && session_->keys().has_gtk(header->key_id));
  if (!header || association == nullptr) {
    air_.quality.protected_total += counts ? 1 : 0;
    air_.quality.iv_missing += header ? 0 : 1;
    return std::nullopt;
  }
  AirProtected seen =
      header_of(frame.number, frame.time, frame.direction, frame.dot11, *header, frame.whole);
  const bool look = settings_->decrypt == Decrypt::all || !settings_->tag_nonce.empty() ||
                    association->end_frame ||
                    streams_.in_doubt(seen, frame.dot11.body.size(), session_->keys().newest());
  if (look) {
    air_.quality.protected_total += counts ? 1 : 0;
    decrypt(frame, *association, seen);
    streams_.decrypted(seen);
  } else {
    ++air_.quality.protected_assumed;
    seen.handshake = streams_.assume(seen);
    seen.assumed = true;
  }
  const bool decrypted = seen.handshake != kNoKey && !seen.assumed;
  association->protected_data.push_back(std::move(seen));
  if (association->protected_data.size() >= settings_->fold_at) {
    fold(*association, air_.quality, settings_->fold_at);
  }
  if (!decrypted) {
    tag(frame, frame.dot11.body);  // what is sent under a key that nobody has is marked in clear
    return std::nullopt;
  }
  tag(frame, settings_->plaintext);
  const Bytes plaintext = std::move(settings_->plaintext);  // EAPOL may bring new keys
  const auto index = eapol_in(frame, plaintext);
  settings_->plaintext = {};
  return index;
}

void AirPair::decrypt(const Frame& frame, Association& association, AirProtected& seen) {
  Bytes& plaintext = settings_->plaintext;
  const auto handshake = session_->keys().decrypt(frame.dot11, seen.key_id, plaintext);
  if (handshake) {
    ++air_.quality.protected_decrypted;
    seen.handshake = *handshake;
  } else {
    const SelectedSuites suites = association.suites.value_or(SelectedSuites{});
    seen.zero_key = !seen.group && session_->keys().decrypt_with_zeros(
                                       suites.pairwise != 0 ? suites.pairwise : kCipherCcmp128,
                                       frame.dot11, plaintext);
    if (!seen.zero_key) {
      return;
    }
  }
  const auto msdus = msdus_of(frame.dot11, plaintext);
  seen.ethertype = msdus.empty() ? std::uint16_t{0} : msdus.front().ethertype;
  seen.plaintext = first_octets(plaintext, settings_->kept_plaintext);
}

bool AirPair::is_retry(const Frame& frame, const Eapol& pdu) const {
  const auto& last = last_eapol_[static_cast<std::size_t>(frame.direction)];
  return last && frame.dot11.retry && last->sequence_number == frame.dot11.sequence_number &&
         current() != nullptr && current()->eapol[last->index].eapol.raw == pdu.raw;
}

std::optional<std::size_t> AirPair::eapol(const Frame& frame, ByteView payload) {
  AirEapol seen;
  seen.frame = frame.number;
  seen.time = frame.time;
  seen.direction = frame.direction;
  seen.protected_frame = frame.dot11.protected_frame;
  seen.sequence_number = frame.dot11.sequence_number;
  seen.eapol = eapol_of(payload, seen.unknown_reason);
  if (is_retry(frame, seen.eapol)) {
    const std::size_t index = last_eapol_[static_cast<std::size_t>(frame.direction)]->index;
    ++current()->eapol[index].transmissions;
    return index;
  }
  streams_.disturb();
  if (seen.unknown_reason.empty()) {
    auto key = parse_key_of(seen.eapol, current() != nullptr ? current()->suites : std::nullopt);
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
  if (association == nullptr) {
    return std::nullopt;
  }
  if (association->eapol.size() >= kMostEapol ||
      eapol_octets_ + seen.eapol.raw.size() > kMostEapolOctets) {
    ++air_.quality.eapol_not_kept;
    return std::nullopt;
  }
  take_beacon(*association);
  eapol_octets_ += seen.eapol.raw.size();
  footprint_ += sizeof(AirEapol) + 3 * seen.eapol.raw.size();
  const std::size_t index = session_->add(*association, std::move(seen));
  last_eapol_[static_cast<std::size_t>(frame.direction)] = {index, frame.dot11.sequence_number};
  return index;
}

/// Whether the last association can hold this frame. After its end, an M1 with an ANonce that it
/// does not know shows that a request was not captured.
bool AirPair::explains(const Frame& frame, const AirEapol& seen) const {
  const Association* last = current();
  if (last == nullptr) {
    return frame.dot11.ra.is_group();
  }
  if (!last->end_frame || !seen.key || frame.direction != Direction::from_access_point ||
      classify(*seen.key) != KeyMessage::m1) {
    return true;
  }
  return std::any_of(last->eapol.begin(), last->eapol.end(), [&](const AirEapol& earlier) {
    return earlier.message == KeyMessage::m1 && earlier.key->nonce == seen.key->nonce;
  });
}

}  // namespace postassoc
