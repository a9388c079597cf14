#include "harness/frames/management.h"

#include <gtest/gtest.h>

namespace postassoc {
namespace {

Bytes hex(std::string_view text) {
  return from_hex(text).value();
}

TEST(Management, ReadsAnAssociationRequest) {
  const Bytes body = hex("3114 0a00 000161");
  const auto request = parse_assoc_request(body);
  ASSERT_TRUE(request.has_value());
  EXPECT_EQ(request->capabilities, 0x1431);
  EXPECT_EQ(request->listen_interval, 10);
  EXPECT_FALSE(request->current_ap.has_value());
  EXPECT_EQ(request->elements.list.size(), 1U);
}

TEST(Management, ReadsTheCurrentApOfAReassociation) {
  const Bytes body = hex("3114 0a00 020000000300 000161");
  const auto request = parse_assoc_request(body, true);
  EXPECT_EQ(request->current_ap, MacAddress::parse("02:00:00:00:03:00"));
  EXPECT_NE(request->elements.find(kElementSsid), nullptr);
  EXPECT_FALSE(parse_assoc_request(ByteView(body).first(9), true).has_value());
}

TEST(Management, ReadsAnAssociationResponse) {
  const Bytes body = hex("1104 0000 01c0 010182");
  const auto response = parse_assoc_response(body);
  EXPECT_EQ(response->status, 0);
  EXPECT_EQ(response->aid, 1);
  EXPECT_FALSE(parse_assoc_response(ByteView(body).first(5)).has_value());
}

TEST(Management, ReadsAuthenticationAndReasons) {
  const Bytes sae = hex("0300 0100 7e00 1300");
  const auto authentication = parse_authentication(sae);
  EXPECT_EQ(authentication->algorithm, 3);
  EXPECT_EQ(authentication->sequence, 1);
  EXPECT_EQ(authentication->status, 126);
  EXPECT_EQ(to_hex(authentication->rest), "1300");
  EXPECT_EQ(parse_deauthentication(hex("0700"))->reason, 7);
  EXPECT_EQ(parse_disassociation(hex("0800"))->reason, 8);
  EXPECT_FALSE(parse_deauthentication(hex("07")).has_value());
}

TEST(Management, ReadsABeaconAndReportsTruncatedElements) {
  const Bytes body = hex("0807060504030201 6400 1104 0003616263 0304");
  const auto beacon = parse_beacon(body);
  EXPECT_EQ(beacon->timestamp, 0x0102030405060708U);
  EXPECT_EQ(beacon->interval_tu, 100);
  EXPECT_EQ(beacon->ssid(), "abc");
  EXPECT_TRUE(beacon->elements.truncated);
  EXPECT_FALSE(parse_beacon(ByteView(body).first(11)).has_value());
}

}  // namespace
}  // namespace postassoc
