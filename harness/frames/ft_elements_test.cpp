#include "harness/frames/ft_elements.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "harness/frames/build.h"
#include "harness/frames/byte_writer.h"
#include "harness/frames/key_wrap.h"

namespace postassoc {
namespace {

Bytes hex(std::string_view text) {
  return from_hex(text).value();
}

const MacAddress kAp{{0x02, 0, 0, 0, 0, 0}};
const MacAddress kStation{{0x02, 0, 0, 0, 1, 0}};
const Bytes kRsne = hex("3014 0100 000fac04 0100 000fac04 0100 000fac04 0000");

Nonce filled(unsigned octet) {
  Nonce nonce{};
  nonce.fill(static_cast<std::byte>(octet));
  return nonce;
}

Fte example() {
  Fte fte;
  fte.element_count = 3;
  fte.anonce = filled(0xa1);
  fte.snonce = filled(0x52);
  return fte;
}

TEST(FtElements, AreReadBackAsBuilt) {
  const Bytes kek(16, std::byte{0x0e});
  const Bytes gtk = wrap_key_data(kek, Bytes(16, std::byte{0x47})).value();
  const Bytes igtk = wrap_key_data(kek, Bytes(16, std::byte{0x49})).value();
  const Bytes r0kh = hex("6e61732e6578616d706c65");
  Fte fte = example();
  fte.r0kh_id = r0kh;
  fte.r1kh_id = kAp;
  fte.gtk = FtWrappedKey{2, 0x0102030405060708, 16, gtk};
  fte.igtk = FtWrappedKey{4, 0x0a0b0c0d0e0f, 16, igtk};
  fte.bigtk = FtWrappedKey{6, 1, 16, igtk};
  fte.oci = Oci{81, 6, 0};
  const Bytes bytes =
      ByteWriter().bytes(kRsne).bytes(build_mde({0xb1a1, 1})).bytes(build_fte(fte)).take();
  const Elements elements = parse_elements(bytes);
  const FtElements ft = parse_ft_elements(elements.list);
  ASSERT_TRUE(ft.rsne && ft.mde && ft.fte);
  EXPECT_EQ(ft.mde->mdid, 0xb1a1);
  EXPECT_TRUE(ft.mde->over_the_ds());
  EXPECT_FALSE(ft.fte->truncated);
  EXPECT_EQ(ft.fte->anonce, fte.anonce);
  EXPECT_EQ(ft.fte->snonce, fte.snonce);
  EXPECT_EQ(to_hex(ft.fte->r0kh_id), to_hex(r0kh));
  EXPECT_EQ(ft.fte->r1kh_id, kAp);
  EXPECT_EQ(ft.fte->oci, (Oci{81, 6, 0}));
  const auto key = unwrap_ft_gtk(kek, *ft.fte->gtk);
  ASSERT_TRUE(key.has_value());
  EXPECT_EQ(key->key_id, 2);
  EXPECT_EQ(key->key, Bytes(16, std::byte{0x47}));
  EXPECT_EQ(ft.fte->gtk->packet_number, 0x0102030405060708U);
  EXPECT_EQ(unwrap_ft_igtk(kek, *ft.fte->igtk)->packet_number, 0x0a0b0c0d0e0fU);
  EXPECT_EQ(unwrap_ft_igtk(kek, *ft.fte->bigtk)->key_id, 6);
  EXPECT_FALSE(unwrap_ft_gtk(Bytes(16), *ft.fte->gtk).has_value());
}

TEST(FtElements, SayThatAnFteEndsInsideAField) {
  Fte fte = example();
  fte.r1kh_id = kAp;
  const Bytes whole = build_fte(fte);
  const ByteView body = ByteView(whole).subspan(2);
  for (std::size_t length = 0; length < body.size(); ++length) {
    const auto parsed = parse_fte(body.first(length));
    EXPECT_EQ(parsed.has_value(), length >= 82) << length;
    EXPECT_TRUE(!parsed || length == 82 || parsed->truncated) << length;
  }
  EXPECT_FALSE(parse_mde(hex("a1b1")).has_value());
  // A key longer than what was wrapped.
  const Bytes wrapped = wrap_key_data(Bytes(16), Bytes(16)).value();
  EXPECT_FALSE(unwrap_ft_gtk(Bytes(16), FtWrappedKey{1, 0, 32, wrapped}).has_value());
}

TEST(FtElements, AreFoundInAuthenticationAndActionFrames) {
  const Bytes elements =
      ByteWriter().bytes(kRsne).bytes(build_mde({0xb1a1, 0})).bytes(build_fte(example())).take();
  const Bytes body = ByteWriter().le16(2).le16(1).le16(0).bytes(elements).take();
  const auto authentication = parse_ft_authentication(body);
  ASSERT_TRUE(authentication.has_value());
  EXPECT_EQ(authentication->sequence, 1);
  ASSERT_TRUE(authentication->elements.fte.has_value());
  EXPECT_EQ(authentication->elements.fte->snonce, filled(0x52));
  const Bytes open_system = hex("0000 0100 0000");
  EXPECT_FALSE(parse_ft_authentication(open_system).has_value());

  const Bytes response = ByteWriter()
                             .u8(6)
                             .u8(kFtActionResponse)
                             .address(kStation)
                             .address(kAp)
                             .le16(53)
                             .bytes(elements)
                             .take();
  const auto action = parse_ft_action(response);
  ASSERT_TRUE(action.has_value());
  EXPECT_EQ(action->target_ap, kAp);
  EXPECT_EQ(action->status, 53);
  EXPECT_EQ(action->elements.mde->mdid, 0xb1a1);
  for (std::size_t length = 0; length < 16; ++length) {
    EXPECT_FALSE(parse_ft_action(ByteView(response).first(length)).has_value());
  }
}

TEST(FtElements, TakeTimeouts) {
  const Bytes bytes = hex("380501e8030000 3805028051 0100");
  const FtElements ft = parse_ft_elements(parse_elements(bytes).list);
  EXPECT_EQ(ft.reassociation_deadline_tu, 1000U);
  EXPECT_EQ(ft.key_lifetime_s, 86400U);
}

// The MICs were computed outside this project, from the order of 13.8.4.
TEST(FtMic, CoversTheElementsInTheStandardsOrder) {
  Bytes kck(16);
  for (std::size_t i = 0; i < kck.size(); ++i) {
    kck[i] = static_cast<std::byte>(i);
  }
  const Bytes mic = hex("3cf14332b8cab3f3222e1cebfcfcd76c");
  Fte fte = example();
  fte.mic = mic;
  const Bytes request =
      ByteWriter().bytes(build_mde({0xa1b1, 0})).bytes(build_fte(fte)).bytes(kRsne).take();
  const auto elements = parse_elements(request);
  EXPECT_TRUE(
      verify_ft_mic(kck, kAkmFtPsk, FtMessage::reassoc_request, kStation, kAp, elements.list)
          .value());
  EXPECT_FALSE(
      verify_ft_mic(kck, kAkmFtPsk, FtMessage::reassoc_response, kStation, kAp, elements.list)
          .value());
  EXPECT_FALSE(
      verify_ft_mic(kck, kAkmFtPsk, FtMessage::reassoc_request, kAp, kStation, elements.list)
          .value());
  // With a resource request and an RSNXE, which the element count announces.
  fte.element_count = 6;
  const Bytes with_ric = ByteWriter()
                             .bytes(kRsne)
                             .bytes(build_mde({0xa1b1, 0}))
                             .bytes(build_fte(fte))
                             .bytes(hex("390401000100 4b00 f40120"))
                             .take();
  const auto more = parse_elements(with_ric);
  EXPECT_EQ(
      to_hex(compute_ft_mic(kck, kAkmFtPsk, FtMessage::reassoc_response, kStation, kAp, more.list)
                 .value()),
      "8bba1f44c5bf87d728631f08e3246521");
}

TEST(FtMic, IsRefusedWhenElementsAreMissing) {
  const Bytes kck(16);
  Fte fte = example();
  fte.element_count = 4;
  const Bytes bytes =
      ByteWriter().bytes(kRsne).bytes(build_mde({1, 0})).bytes(build_fte(fte)).take();
  const auto elements = parse_elements(bytes);
  const auto verify = [&](std::span<const Element> list) {
    return verify_ft_mic(kck, kAkmFtPsk, FtMessage::reassoc_request, kStation, kAp, list);
  };
  EXPECT_FALSE(verify(elements.list).has_value());
  EXPECT_FALSE(verify(std::span(elements.list).first(2)).has_value());
  EXPECT_FALSE(verify({}).has_value());
}

}  // namespace
}  // namespace postassoc
