#include "harness/checks/rsne_view.h"

#include <gtest/gtest.h>

namespace postassoc::checks {
namespace {

const std::string kToCapabilities = "0100000fac040100000fac040100000fac04c000";
const std::string kPmkid = "0100000102030405060708090a0b0c0d0e0f";
const std::string kBipCmac = "000fac06";
const std::string kBipGmac = "000fac0b";

Bytes element(const std::string& body) {
  Bytes bytes = from_hex(body).value();
  const Bytes header = {std::byte{48}, static_cast<std::byte>(bytes.size())};
  bytes.insert(bytes.begin(), header.begin(), header.end());
  return bytes;
}

TEST(SameRsne, is_the_same_bit_for_bit) {
  EXPECT_TRUE(same_rsne(element(kToCapabilities), element(kToCapabilities), false));
  EXPECT_FALSE(same_rsne(element(kToCapabilities), element(kToCapabilities + kPmkid), false));
  EXPECT_FALSE(same_rsne(element(kToCapabilities), element(kToCapabilities + "0000"), false));
  EXPECT_TRUE(same_rsne({}, {}, false));
}

TEST(SameRsne, leaves_the_pmkids_out_under_ft_and_nothing_else) {
  const Bytes plain = element(kToCapabilities);
  EXPECT_TRUE(same_rsne(plain, element(kToCapabilities + kPmkid), true));
  EXPECT_TRUE(same_rsne(element(kToCapabilities + "0000" + kBipCmac),
                        element(kToCapabilities + kPmkid + kBipCmac), true));
  EXPECT_FALSE(same_rsne(element(kToCapabilities + "0000" + kBipCmac),
                         element(kToCapabilities + kPmkid + kBipGmac), true));
  std::string without_mfp = kToCapabilities;
  without_mfp.replace(without_mfp.size() - 4, 4, "0000");
  EXPECT_FALSE(same_rsne(plain, element(without_mfp + kPmkid), true));
}

TEST(SameRsne, compares_what_is_no_rsne_octet_by_octet) {
  EXPECT_FALSE(same_rsne(element("01"), element(kToCapabilities), true));
  EXPECT_TRUE(same_rsne(element("01"), element("01"), true));
  EXPECT_FALSE(same_rsne({}, element(kToCapabilities), true));
}

}  // namespace
}  // namespace postassoc::checks
