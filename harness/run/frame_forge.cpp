#include "harness/run/frame_forge.h"

#include <algorithm>

#include "harness/frames/byte_writer.h"
#include "harness/frames/data_key.h"
#include "harness/frames/msdu.h"

namespace postassoc {
namespace {

using step::FragmentPart;
using step::FrameForm;

constexpr std::uint16_t kAmsduPresent = 0x0080;
constexpr std::size_t kCipherHeader = 8;
constexpr std::uint64_t kGap = 5;
constexpr std::uint8_t kFirstGroupKeyId = 1;

/// The first two addresses of an A-MSDU's first subframe that read as LLC/SNAP of EAPOL.
constexpr MacAddress kLlcSnap{{0xaa, 0xaa, 0x03, 0x00, 0x00, 0x00}};
constexpr MacAddress kEapolType{{0x88, 0x8e, 0x01, 0x03, 0x00, 0x5f}};

Error no_key(const char* what) {
  return {Fault::lab, std::string("a frame can't be protected: the air shows no ") + what, {}};
}

/// Nobody can read what is under a wrong key: a tag in clear in the middle of it shows it on the
/// air.
void mark(Bytes& mpdu, std::size_t at, std::string_view tag) {
  const ByteView octets = as_bytes(tag).first(std::min(tag.size(), mpdu.size() - at));
  std::copy(octets.begin(), octets.end(), mpdu.begin() + static_cast<std::ptrdiff_t>(at));
}

Result<Bytes> protect(const InjectionFrame& frame, const InjectionKey& key, DataHeader header,
                      std::uint64_t pn, ByteView body, bool wrong) {
  auto mpdu = build_protected_frame(key.cipher, header, key.key, pn, key.key_id, body);
  if (mpdu && wrong) {
    mark(*mpdu, build_data_header(header).size() + kCipherHeader, frame.tag);
  }
  return mpdu;
}

DataHeader qos_header(const InjectionFrame& frame, std::uint16_t flags = 0) {
  DataHeader header = injection_header(frame);
  header.qos_control = static_cast<std::uint16_t>(kInjectionTid | flags);
  return header;
}

/// Where the second fragment begins: behind the first tag.
std::size_t border(const InjectionFrame& frame, const Bytes& msdu) {
  constexpr std::size_t kHalfPadding = 16;
  const std::size_t tag = as_text(msdu).find(frame.tag);
  return tag == std::string_view::npos
             ? msdu.size() / 2
             : std::min(tag + frame.tag.size() + kHalfPadding, msdu.size());
}

}  // namespace

MacAddress FrameForge::source_of(std::uint64_t tag_number) {
  return {{0x02, 0x5e, static_cast<std::uint8_t>(tag_number >> 24),
           static_cast<std::uint8_t>(tag_number >> 16), static_cast<std::uint8_t>(tag_number >> 8),
           static_cast<std::uint8_t>(tag_number)}};
}

std::uint16_t FrameForge::next_sequence_number(bool qos) {
  std::uint16_t& next = qos ? qos_sequence_ : sequence_;
  const std::uint16_t number = next;
  next = static_cast<std::uint16_t>((next + 1U) & 0x0fffU);
  return number;
}

std::uint64_t FrameForge::take_pns(const InjectionKey& key, std::uint64_t count) {
  std::uint64_t& next = next_pn_[key.key];
  const std::uint64_t first = std::max(next, key.highest_pn + kAhead);
  next = first + count;
  return first;
}

Result<InjectionKey> FrameForge::key_for(const InjectionFrame& frame, const InjectionKeys& keys,
                                         bool wrong) const {
  const auto& known = frame.to_group ? keys.group : keys.pairwise;
  if (known.empty() && !wrong) {
    return no_key(frame.to_group ? "group key" : "completed handshake whose key is known");
  }
  InjectionKey key;
  if (!known.empty()) {
    key = known.back();
  } else {
    key.cipher = default_cipher_;
    key.key_id = frame.to_group ? kFirstGroupKeyId : 0;
  }
  if (wrong) {
    const auto length = tk_length(key.cipher);
    if (!length) {
      return length.error();
    }
    key.key = Bytes(*length, std::byte{0xa5});
  }
  return key;
}

Result<Bytes> FrameForge::single(const InjectionFrame& frame, const InjectionKey& key, bool wrong) {
  return protect(frame, key, qos_header(frame), take_pns(key, 1), build_injection_msdu(frame),
                 wrong);
}

Result<Bytes> FrameForge::fragment(const InjectionFrame& frame, bool second,
                                   const InjectionKey* key, std::uint64_t pn) const {
  const Bytes msdu = build_injection_msdu(frame);
  const std::size_t at = border(frame, msdu);
  const ByteView body = second ? ByteView(msdu).subspan(at) : ByteView(msdu).first(at);
  DataHeader header = qos_header(frame);
  header.fragment_number = second ? 1 : 0;
  header.more_fragments = !second;
  if (key == nullptr) {
    return build_data_frame(header, body);
  }
  return build_protected_frame(key->cipher, header, key->key, pn, key->key_id, body);
}

/// A fragment with a whole packet in it.
Result<Bytes> FrameForge::lone_fragment(InjectionFrame frame, bool second,
                                        const InjectionKey* key) {
  frame.tag_twice = false;
  DataHeader header = qos_header(frame);
  header.fragment_number = second ? 1 : 0;
  header.more_fragments = !second;
  const Bytes msdu = build_injection_msdu(frame);
  if (key == nullptr) {
    return build_data_frame(header, msdu);
  }
  return build_protected_frame(key->cipher, header, key->key, take_pns(*key, 1), key->key_id, msdu);
}

Result<Forged> FrameForge::fragments(InjectionFrame frame, FrameForm form, FragmentPart part,
                                     const InjectionKeys& keys, std::uint64_t index) {
  const bool wrong = form == FrameForm::fragments_wrong_key;
  const bool plain = form == FrameForm::fragments_plain;
  InjectionKey key;
  if (!plain) {
    auto found = key_for(frame, keys, wrong);
    if (!found) {
      return found.error();
    }
    key = std::move(*found);
  }
  Pending pending{frame.tag, frame, 0, key.key};
  std::vector<Pending>& waiting = pending_[form];
  if (part == FragmentPart::second) {
    if (waiting.empty()) {
      return Error{Fault::lab, "no first fragment waits for its second one", {}};
    }
    pending = waiting.front();
    waiting.erase(waiting.begin());
    if (!plain && pending.key == key.key) {
      return Error{Fault::lab,
                   "the second fragment would lie under the key of the first one: no newer key is "
                   "on the air yet",
                   {}};
    }
  } else if (!plain) {
    pending.pn = take_pns(key, 2 + kGap);
  }
  const bool mixed = form == FrameForm::fragments_mixed;
  const InjectionKey* first_key = plain || (mixed && index % 2 == 0) ? nullptr : &key;
  const InjectionKey* second_key = plain || (mixed && index % 2 == 1) ? nullptr : &key;
  const std::uint64_t step = form == FrameForm::fragments_packet_number_gap ? kGap : 1;
  Forged forged{{}, pending.tag};
  for (const bool second : {false, true}) {
    if (part == (second ? FragmentPart::first : FragmentPart::second)) {
      continue;
    }
    auto mpdu = fragment(pending.frame, second, second ? second_key : first_key,
                         pending.pn + (second ? step : 0));
    if (!mpdu) {
      return mpdu.error();
    }
    if (wrong) {
      mark(*mpdu, mpdu->size() - std::min(mpdu->size(), pending.tag.size()), pending.tag);
    }
    forged.mpdus.push_back(std::move(*mpdu));
  }
  if (part == FragmentPart::first) {
    waiting.push_back(std::move(pending));
  } else if (!plain) {
    std::uint64_t& next = next_pn_[key.key];  // of a key that is newer than the first fragment
    next = std::max(next, pending.pn + step + 1);
  }
  return forged;
}

Result<Bytes> FrameForge::amsdu(InjectionFrame frame, FrameForm form, const InjectionKeys& keys) {
  const Bytes msdu = build_injection_msdu(frame);
  const DataHeader inner = injection_header(frame);
  DataHeader header = qos_header(frame, kAmsduPresent);
  if (form == FrameForm::amsdu_cloaked) {
    const Bytes filler = build_llc_snap(kEthertypeIpv4, as_bytes("filler"));
    return build_data_frame(header,
                            ByteWriter()
                                .bytes(build_amsdu_subframe(kLlcSnap, kEapolType, filler, false))
                                .bytes(build_amsdu_subframe(inner.da, inner.sa, msdu, true))
                                .take());
  }
  const bool wrong = form == FrameForm::amsdu_wrong_key;
  const auto key = key_for(frame, keys, wrong);
  if (!key) {
    return key.error();
  }
  const Bytes body = ByteWriter()
                         .bytes(build_amsdu_subframe(inner.da, inner.sa, msdu, false))
                         .bytes(build_amsdu_subframe(inner.da, inner.sa, msdu, true))
                         .take();
  return protect(frame, *key, header, take_pns(*key, 1), body, wrong);
}

Result<Forged> FrameForge::build(InjectionFrame frame, FrameForm form, FragmentPart part,
                                 const InjectionKeys& keys, std::uint64_t index) {
  // Numbers of frames that begin with a first fragment to the station have no gaps.
  const bool lone_second =
      form == FrameForm::fragment_to_group || (form == FrameForm::fragment_alone && index % 2 == 1);
  if (part != FragmentPart::second) {
    frame.sequence_number =
        next_sequence_number(form != FrameForm::plain && !frame.to_group && !lone_second);
  }
  Result<Bytes> mpdu = Bytes{};
  switch (form) {
    case FrameForm::plain:
      mpdu = build_injection_frame(frame);
      break;
    case FrameForm::protected_:
    case FrameForm::wrong_key: {
      const auto key = key_for(frame, keys, step::is_under_wrong_key(form));
      mpdu = key ? single(frame, *key, step::is_under_wrong_key(form)) : Result<Bytes>(key.error());
      break;
    }
    case FrameForm::fragment_to_group:
      mpdu = lone_fragment(frame, true, nullptr);
      break;
    case FrameForm::fragment_alone: {
      const auto key = key_for(frame, keys, false);
      mpdu = key ? lone_fragment(frame, index % 2 == 1, &*key) : Result<Bytes>(key.error());
      break;
    }
    case FrameForm::amsdu_cloaked:
    case FrameForm::amsdu_protected:
    case FrameForm::amsdu_wrong_key:
      mpdu = amsdu(frame, form, keys);
      break;
    case FrameForm::fragments_plain:
    case FrameForm::fragments_mixed:
    case FrameForm::fragments_protected:
    case FrameForm::fragments_wrong_key:
    case FrameForm::fragments_two_keys:
    case FrameForm::fragments_packet_number_gap:
    case FrameForm::fragments_across_associations:
      frame.tag_twice = true;
      return fragments(std::move(frame), form, part, keys, index);
  }
  if (!mpdu) {
    return mpdu.error();
  }
  return Forged{{std::move(*mpdu)}, frame.tag};
}

Result<Bytes> FrameForge::build_eapol(const InjectionFrame& frame, ByteView pdu, bool under_key,
                                      const InjectionKeys& keys) {
  InjectionFrame numbered = frame;
  numbered.sequence_number = next_sequence_number(under_key);
  const Bytes body = build_llc_snap(kEthertypeEapol, pdu);
  if (!under_key) {
    return build_data_frame(injection_header(numbered), body);
  }
  const auto key = key_for(numbered, keys, false);
  if (!key) {
    return key.error();
  }
  return protect(numbered, *key, qos_header(numbered), take_pns(*key, 1), body, false);
}

Bytes FrameForge::build_management(InjectionFrame frame) {
  frame.sequence_number = next_sequence_number(false);
  return build_injection_management(frame);
}

}  // namespace postassoc
