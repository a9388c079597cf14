#include "harness/run/injection_frames.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "harness/frames/dot11.h"
#include "harness/frames/eapol.h"
#include "harness/frames/msdu.h"
#include "harness/frames/pcap_format.h"

namespace postassoc {
namespace {

constexpr MacAddress kBssid{{0x02, 0, 0, 0, 0, 0}};
constexpr MacAddress kStation{{0x02, 0, 0, 0, 1, 0}};

InjectionFrame frame_of(step::FrameKind kind, bool to_group = false) {
  return {kind, to_group, kBssid, kStation, "pa:0123abcd:7;", 0xf07};
}

struct Decoded {
  Bytes bytes;
  Dot11 dot11;
  Msdu msdu;
};
void decode(const InjectionFrame& frame, Decoded& out) {
  out.bytes = build_injection_frame(frame);
  const auto dot11 = parse_dot11(out.bytes);
  ASSERT_TRUE(dot11);
  out.dot11 = *dot11;
  const auto msdus = parse_msdus(out.dot11, out.dot11.body);
  ASSERT_TRUE(msdus);
  ASSERT_EQ(msdus->size(), 1U);
  out.msdu = msdus->front();
}

TEST(InjectionFrames, come_in_the_access_points_name_and_unencrypted) {
  for (const auto kind : {step::FrameKind::udp, step::FrameKind::arp, step::FrameKind::ipv6,
                          step::FrameKind::eapol}) {
    Decoded decoded;
    decode(frame_of(kind), decoded);
    EXPECT_TRUE(decoded.dot11.is_data());
    EXPECT_TRUE(decoded.dot11.from_ds);
    EXPECT_FALSE(decoded.dot11.to_ds);
    EXPECT_FALSE(decoded.dot11.protected_frame);
    EXPECT_EQ(decoded.dot11.ra, kStation);
    EXPECT_EQ(decoded.dot11.ta, kBssid);
    EXPECT_EQ(decoded.dot11.sequence_number, 0xf07);
    EXPECT_EQ(decoded.msdu.da, kStation);
    EXPECT_EQ(decoded.msdu.sa, kind == step::FrameKind::eapol ? kBssid : kInjectedSource);
    EXPECT_NE(as_text(decoded.msdu.payload).find("pa:0123abcd:7;"), std::string_view::npos);
  }
}

TEST(InjectionFrames, go_to_a_group_address_when_told) {
  Decoded decoded;
  decode(frame_of(step::FrameKind::udp, true), decoded);
  EXPECT_EQ(decoded.dot11.ra, kBroadcast);
  decode(frame_of(step::FrameKind::eapol, true), decoded);
  EXPECT_EQ(to_string(decoded.dot11.ra), "01:80:c2:00:00:03");
}

TEST(InjectionFrames, have_the_ethertype_of_their_kind) {
  Decoded decoded;
  decode(frame_of(step::FrameKind::udp), decoded);
  EXPECT_EQ(decoded.msdu.ethertype, kEthertypeIpv4);
  decode(frame_of(step::FrameKind::arp), decoded);
  EXPECT_EQ(decoded.msdu.ethertype, kEthertypeArp);
  decode(frame_of(step::FrameKind::ipv6), decoded);
  EXPECT_EQ(decoded.msdu.ethertype, kEthertypeIpv6);
  decode(frame_of(step::FrameKind::eapol), decoded);
  EXPECT_EQ(decoded.msdu.ethertype, kEthertypeEapol);
}

TEST(InjectionFrames, bound_a_tag_that_is_too_long) {
  auto frame = frame_of(step::FrameKind::udp);
  frame.tag = std::string(5000, 'x');
  EXPECT_EQ(build_injection_frame(frame).size(), 24U + 8 + 20 + 8 + 64);
}

/// What tshark says of a capture of all kinds, unicast and group, one line a frame.
std::string ask_tshark(const std::string& fields) {
  const std::string file = testing::TempDir() + "postassoc-injected.pcap";
  std::ofstream out(file, std::ios::binary);
  out << as_text(pcap_file_header(kLinkTypeDot11));
  for (const bool to_group : {false, true}) {
    for (const auto kind : {step::FrameKind::udp, step::FrameKind::arp, step::FrameKind::ipv6,
                            step::FrameKind::eapol}) {
      out << as_text(
          pcap_record(std::chrono::seconds(1), build_injection_frame(frame_of(kind, to_group))));
    }
  }
  out.close();
  const std::string command = "tshark -r " + file +
                              " -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE -T fields "
                              "-E separator=, " +
                              fields + " 2>/dev/null";
  FILE* pipe = popen(command.c_str(), "r");
  std::string text;
  for (int c; pipe != nullptr && (c = std::fgetc(pipe)) != EOF;) {
    text += static_cast<char>(c);
  }
  pclose(pipe);
  std::filesystem::remove(file);
  return text;
}

TEST(InjectionFrames, are_well_formed_with_good_checksums_for_tshark) {
  if (std::system("tshark -v >/dev/null 2>&1") != 0) {
    GTEST_SKIP() << "tshark is not installed";
  }
  // 1: good checksum.
  EXPECT_EQ(ask_tshark("-e ip.checksum.status -e udp.checksum.status -e udp.dstport -e ip.dst "
                       "-e ipv6.dst -e arp.dst.proto_ipv4 -e eapol.type -e _ws.malformed"),
            "1,1,9,10.77.0.2,,,,\n"
            ",,,,,10.77.0.2,,\n"
            ",1,9,,fe80::ff:fe00:100,,,\n"
            ",,,,,,4,\n"
            "1,1,9,10.77.0.255,,,,\n"
            ",,,,,10.77.0.2,,\n"
            ",1,9,,ff02::1,,,\n"
            ",,,,,,4,\n");
}

}  // namespace
}  // namespace postassoc
