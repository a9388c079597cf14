#include "adapters/ihv/ihv_network.h"

#include <gtest/gtest.h>

#include "adapters/ihv/ihv_station.h"
#include "harness/frames/elements.h"
#include "harness/frames/rsn.h"

namespace postassoc {
namespace {

const FoundBss kBss{{{2, 0, 0, 0, 0, 0}}, 2412, {}};

TEST(IhvNetwork, AsksForWhatTheModuleChose) {
  const auto join = join_request({}, {7, 4, 4}, kBss);
  ASSERT_TRUE(join) << to_string(join.error());
  EXPECT_EQ(join->akm, kAkmPsk);
  const Elements elements = parse_elements(join->elements);
  ASSERT_NE(elements.find(kElementRsn), nullptr);
  const auto rsne = parse_rsne(elements.find(kElementRsn)->body);
  ASSERT_TRUE(rsne);
  EXPECT_EQ(rsne->akms, std::vector<Suite>{kAkmPsk});
  EXPECT_EQ(rsne->pairwise_ciphers, std::vector<Suite>{kCipherCcmp128});
  EXPECT_EQ(rsne->group_cipher, kCipherCcmp128);
  EXPECT_FALSE(rsne->mfp_capable());
}

TEST(IhvNetwork, ProtectsManagementFramesWhereTheNetworkDemandsIt) {
  AccessPointSpec network;
  network.security = Security::wpa2_psk_sha256;
  network.pmf = Pmf::required;
  const auto join = join_request(network, {7, 4, 4}, kBss);
  ASSERT_TRUE(join);
  EXPECT_EQ(join->akm, kAkmPskSha256);
  const auto rsne = parse_rsne(parse_elements(join->elements).list.at(0).body);
  ASSERT_TRUE(rsne);
  EXPECT_TRUE(rsne->mfp_required());
  EXPECT_EQ(ihv_management_cipher(network), 6U);
  EXPECT_EQ(ihv_capabilities(network), nlohmann::json({{"auth", {7}}, {"ciphers", {4, 6}}}));
}

TEST(IhvNetwork, TakesOwnAlgorithmsForTheNetworksAndRefusesWhatIsNot) {
  const auto own = join_request({}, {0x80000001, 0x80000002, 0x80000003}, kBss);
  ASSERT_TRUE(own);
  EXPECT_EQ(own->pairwise, kCipherCcmp128);
  EXPECT_FALSE(join_request({}, {9, 4, 4}, kBss)) << "SAE, which the network has not";
  EXPECT_FALSE(join_request({}, {7, 0x77, 4}, kBss));
  const auto open = join_request({}, {1, 0, 0}, kBss);
  ASSERT_TRUE(open);
  EXPECT_EQ(open->akm, 0U);
  EXPECT_TRUE(open->elements.empty());
}

TEST(IhvNetwork, ExchangesTheMicKeysOfTkip) {
  Bytes key(32, std::byte{0});
  key[16] = std::byte{1};  // the first of the receive key
  key[24] = std::byte{2};  // the first of the transmit key
  const Bytes radio = key_for_radio(kCipherTkip, key);
  EXPECT_EQ(radio[16], std::byte{2});
  EXPECT_EQ(radio[24], std::byte{1});
  EXPECT_EQ(key_for_radio(kCipherCcmp256, key), key);
}

TEST(IhvNetwork, PutsTheStationsKeyIntoTheProfileOrNot) {
  Secrets secrets;
  secrets.pmk = Bytes(32, std::byte{0x11});
  secrets.station_pmk = Bytes(32, std::byte{0xab});
  EXPECT_NE(security_xml(secrets, true).find("<psk>abababab"), std::string::npos);
  EXPECT_EQ(security_xml(secrets, false).find("psk"), std::string::npos);
}

TEST(FindModule, TakesPathsAndShippedNames) {
  EXPECT_FALSE(find_module("no-such-module", "/usr"));
  EXPECT_FALSE(find_module("./no-such-module.so", "/usr"));
  const auto self = find_module("/proc/self/exe", "/usr");
  ASSERT_TRUE(self);
  EXPECT_TRUE(self->is_absolute());
}

}  // namespace
}  // namespace postassoc
