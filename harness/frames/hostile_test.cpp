#include <gtest/gtest.h>

#include <random>

#include "harness/frames/build.h"
#include "harness/frames/byte_writer.h"
#include "harness/frames/decode_everything.h"
#include "harness/frames/handshake_builder.h"

// Everything a decoder may be handed is cut at every length, changed at random and made up. What is
// asserted is what `decode_everything` asserts.

namespace postassoc {
namespace {

constexpr int kRandomInputs = 20'000;
constexpr int kMutationsOfEach = 400;

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
