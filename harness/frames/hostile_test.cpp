#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "harness/frames/air_frame.h"
#include "harness/frames/build.h"
#include "harness/frames/byte_writer.h"
#include "harness/frames/ccmp.h"
#include "harness/frames/handshake_builder.h"
#include "harness/frames/key_mic.h"
#include "harness/frames/key_wrap.h"
#include "harness/frames/link_type.h"
#include "harness/frames/management.h"
#include "harness/frames/msdu.h"

// Everything a decoder may be handed is cut at every length, changed at random and made up. What is
// asserted is that it returns, and that no view reaches outside its frame; the sanitizers assert
// the rest. Each input is copied to a heap block of its exact size, so that they see a read past
// its end.

namespace postassoc {
namespace {

constexpr int kRandomInputs = 20'000;
constexpr int kMutationsOfEach = 400;

bool lies_within(ByteView inner, ByteView outer) {
  return inner.empty() ||
         (std::greater_equal<>()(inner.data(), outer.data()) &&
          std::less_equal<>()(inner.data() + inner.size(), outer.data() + outer.size()));
}

void decode_key_data(ByteView bytes) {
  const KeyData key_data = parse_key_data(bytes);
  key_data.gtk();
  key_data.igtk();
  key_data.bigtk();
  key_data.pmkid();
  EXPECT_TRUE(lies_within(key_data.raw_rsne(), bytes));
}

void decode_eapol(ByteView bytes) {
  const auto eapol = parse_eapol(bytes);
  if (!eapol) {
    return;
  }
  for (const std::size_t mic_length : {0, 16, 24}) {
    const auto key = parse_eapol_key(*eapol, mic_length);
    if (key) {
      classify(*key);
      decode_key_data(key->key_data);
      (void)unwrap_key_data(Bytes(16), key->descriptor_version(), key->key_data);
    }
  }
  (void)verify_mic(Bytes(16), kAkmSae, eapol->raw);
}

void decode_management(ByteView body) {
  (void)parse_assoc_request(body);
  (void)parse_assoc_request(body, true);
  (void)parse_assoc_response(body);
  (void)parse_authentication(body);
  (void)parse_disassociation(body);
  const auto beacon = parse_beacon(body);
  if (beacon) {
    beacon->ssid();
    for (const Element& element : beacon->elements.list) {
      EXPECT_TRUE(lies_within(element.raw, body));
      EXPECT_TRUE(lies_within(element.body, element.raw));
    }
  }
}

void decode_body(const Dot11& frame) {
  (void)ccmp_decrypt(Bytes(16), frame);
  (void)ccmp_decrypt(Bytes(32), frame);
  decode_management(frame.body);
  const auto msdus = parse_msdus(frame, frame.body);
  if (!msdus) {
    return;
  }
  for (const Msdu& msdu : *msdus) {
    EXPECT_TRUE(lies_within(msdu.payload, frame.body));
    decode_eapol(msdu.payload);
  }
}

/// Hands the input to every decoder, whatever it is.
void decode_everything(ByteView input) {
  const Bytes copy(input.begin(), input.end());
  for (const int link_type : {kLinkTypeRadiotap, kLinkTypeDot11}) {
    const auto frame = parse_air_frame(link_type, copy);
    if (frame) {
      EXPECT_TRUE(lies_within(frame->dot11.header, copy));
      EXPECT_TRUE(lies_within(frame->dot11.body, copy));
      decode_body(frame->dot11);
    }
  }
  const auto padded = parse_dot11(copy, true, true);
  if (padded) {
    decode_body(*padded);
  }
  (void)parse_ethernet(copy);
  (void)parse_rsne(copy);
  (void)parse_rsnxe(copy);
  decode_management(copy);
  decode_eapol(copy);
  decode_key_data(copy);
}

Bytes in_radiotap(ByteView frame, std::uint8_t flags = 0) {
  return ByteWriter().bytes(build_capture_radiotap(1, flags)).bytes(frame).take();
}

/// One sound frame of each kind.
std::vector<Bytes> sound_frames() {
  HandshakeParameters p;
  p.pmk = Bytes(32);
  const auto handshake = build_handshake(p).value();
  DataHeader data;
  data.to_ds = true;
  DataHeader wide = data;
  wide.from_ds = true;
  wide.qos_control = 0x0080;
  wide.ht_control = 3;
  const Bytes eapol = build_llc_snap(kEthertypeEapol, handshake.m2);
  const Bytes elements = ByteWriter().zeros(12).bytes(build_rsne(p.rsne)).take();
  const Bytes key_data =
      ByteWriter().bytes(build_rsne(p.rsne)).bytes(build_gtk_kde(p.gtk)).u8(0xdd).take();
  return {
      in_radiotap(build_data_frame(data, eapol)),
      in_radiotap(build_data_frame(data, build_llc_snap(kEthertypeEapol, handshake.m3)), 0x30),
      in_radiotap(build_data_frame(wide, build_amsdu_subframe({}, {}, eapol, false))),
      in_radiotap(build_ccmp_frame(wide, handshake.ptk.tk, 1, 0, eapol).value()),
      in_radiotap(build_management_frame(kBeacon, {}, {}, {}, 0, elements)),
      build_ack({}),
      handshake.m3,
      key_data,
      from_hex("00001e00200000c0010000a000400000d600aabbcc01030011223300 0100").value(),
  };
}

TEST(Hostile, SoundFramesCutAnywhereAreSafe) {
  for (const Bytes& frame : sound_frames()) {
    for (std::size_t length = 0; length <= frame.size(); ++length) {
      decode_everything(ByteView(frame).first(length));
    }
  }
}

TEST(Hostile, SoundFramesChangedAtRandomAreSafe) {
  std::mt19937 random(20250101);
  for (const Bytes& frame : sound_frames()) {
    for (int i = 0; i < kMutationsOfEach; ++i) {
      Bytes changed = frame;
      for (unsigned changes = 1 + random() % 4; changes > 0; --changes) {
        changed[random() % changed.size()] = static_cast<std::byte>(random());
      }
      decode_everything(changed);
    }
  }
}

TEST(Hostile, RandomBytesAreSafe) {
  std::mt19937 random(4711);
  for (int i = 0; i < kRandomInputs; ++i) {
    Bytes bytes(random() % 160);
    for (std::byte& b : bytes) {
      b = static_cast<std::byte>(random());
    }
    decode_everything(bytes);
  }
}

}  // namespace
}  // namespace postassoc
