#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "harness/frames/air_frame.h"
#include "harness/frames/bip.h"
#include "harness/frames/build.h"
#include "harness/frames/byte_writer.h"
#include "harness/frames/data_key.h"
#include "harness/frames/defragment.h"
#include "harness/frames/ft_elements.h"
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
  key_data.mac_address();
  key_data.oci();
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
  (void)verify_mic(Bytes(24), kAkm8021xSuiteB192, eapol->raw);
  (void)verify_mic(Bytes(32), kAkmOwe, eapol->raw);
}

void decode_fte(ByteView body) {
  for (const std::size_t mic_length : {16, 24, 32}) {
    const auto fte = parse_fte(body, mic_length);
    if (!fte) {
      continue;
    }
    EXPECT_TRUE(lies_within(fte->mic, body));
    EXPECT_TRUE(lies_within(fte->r0kh_id, body));
    for (const auto& key : {fte->gtk, fte->igtk, fte->bigtk}) {
      if (key) {
        EXPECT_TRUE(lies_within(key->wrapped, body));
        (void)unwrap_ft_gtk(Bytes(16), *key);
        (void)unwrap_ft_igtk(Bytes(32), *key);
      }
    }
  }
}

void decode_ft(ByteView body) {
  decode_fte(body);
  const Elements elements = parse_elements(body);
  for (const Element& element : elements.list) {
    decode_fte(element.body);
  }
  (void)parse_ft_elements(elements.list);
  for (const std::size_t kck : {16, 24, 32}) {
    (void)verify_ft_mic(Bytes(kck), kAkmFtPsk, FtMessage::reassoc_request, {}, {}, elements.list);
  }
}

void decode_management(ByteView body) {
  (void)parse_assoc_request(body);
  (void)parse_assoc_request(body, true);
  (void)parse_assoc_response(body);
  (void)parse_authentication(body);
  (void)parse_ft_authentication(body);
  (void)parse_ft_action(body);
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
  static const DataKey keys[] = {DataKey::create(kCipherCcmp128, Bytes(16)).value(),
                                 DataKey::create(kCipherCcmp256, Bytes(32)).value(),
                                 DataKey::create(kCipherGcmp128, Bytes(16)).value(),
                                 DataKey::create(kCipherGcmp256, Bytes(32)).value(),
                                 DataKey::create(kCipherTkip, Bytes(32)).value()};
  static Defragmenter defragmenter;
  Bytes plaintext;
  for (const DataKey& key : keys) {
    if (key.decrypt(frame, plaintext) == Decryption::ok && is_fragment(frame)) {
      defragmenter.add(frame, plaintext);
    }
  }
  defragmenter.add(frame, frame.body);
  for (const Suite cipher : {kCipherWep40, kCipherTkip, kCipherGcmp256, kCipherUseGroup}) {
    parse_cipher_header(cipher, frame.body);
  }
  (void)verify_bip(kCipherBipCmac128, Bytes(16), frame);
  (void)verify_bip(kCipherBipGmac256, Bytes(32), frame);
  const auto mme = parse_mme(frame.body);
  EXPECT_TRUE(!mme || lies_within(mme->mic, frame.body));
  decode_ft(frame.body);
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
  for (const int link_type : {kLinkTypeRadiotap, kLinkTypeDot11, kLinkTypePpi, kLinkTypePrism,
                              kLinkTypeAvs, kLinkTypeEthernet}) {
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
  for (const int link_type : {kLinkTypeEthernet, kLinkTypeCooked, kLinkTypeCooked2}) {
    (void)parse_netdev_frame(link_type, copy);
  }
  decode_ft(copy);
  (void)parse_rsne(copy);
  (void)parse_rsnxe(copy);
  decode_management(copy);
  decode_eapol(copy);
  decode_key_data(copy);
}

Bytes in_radiotap(ByteView frame, std::uint8_t flags = 0) {
  return ByteWriter().bytes(build_capture_radiotap(1, flags)).bytes(frame).take();
}

/// The body of an FT reassociation response.
Bytes ft_reassociation() {
  const Bytes wrapped = wrap_key_data(Bytes(16), Bytes(16)).value();
  const Bytes holder(11, std::byte{0x6e});
  Fte fte;
  fte.element_count = 3;
  fte.r0kh_id = holder;
  fte.r1kh_id = kBroadcast;
  fte.gtk = FtWrappedKey{1, 2, 16, wrapped};
  fte.igtk = FtWrappedKey{4, 2, 16, wrapped};
  fte.oci = Oci{81, 1, 0};
  return ByteWriter()
      .zeros(6)
      .bytes(build_rsne(HandshakeParameters::psk_ccmp_rsne()))
      .bytes(build_mde({1, 0}))
      .bytes(build_fte(fte))
      .take();
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
      in_radiotap(build_protected_frame(kCipherGcmp256, wide, Bytes(32), 1, 0, eapol).value()),
      in_radiotap(protect_with_bip(kCipherBipCmac128, Bytes(16),
                                   build_management_frame(kDeauthentication, kBroadcast, {}, {}, 0,
                                                          from_hex("0700").value()),
                                   4, 1)
                      .value()),
      build_management_frame(kReassocResponse, {}, {}, {}, 0, ft_reassociation()),
      ByteWriter()
          .bytes(from_hex("00002000690000000200140000000000000000000100000000000000").value())
          .zeros(4)
          .bytes(build_ack({}))
          .zeros(4)
          .take(),
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

TEST(Hostile, SoundFramesWithAnyOctetAsALengthAreSafe) {
  for (const Bytes& frame : sound_frames()) {
    for (std::size_t i = 0; i < frame.size(); ++i) {
      for (const int value : {0x00, 0x01, 0x10, 0x18, 0x7f, 0x80, 0xfe, 0xff}) {
        Bytes changed = frame;
        changed[i] = static_cast<std::byte>(value);
        decode_everything(changed);
      }
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
