#include "harness/frames/elements.h"

#include <gtest/gtest.h>

namespace postassoc {
namespace {

Bytes hex(std::string_view text) {
  return from_hex(text).value();
}

TEST(Elements, AreFoundByIdAndByExtension) {
  const Bytes bytes = hex("0003616263 3000 ff0323aabb 00017a");
  const Elements elements = parse_elements(bytes);
  EXPECT_FALSE(elements.truncated);
  ASSERT_EQ(elements.list.size(), 4U);
  EXPECT_EQ(as_text(elements.find(kElementSsid)->body), "abc");
  EXPECT_EQ(to_hex(elements.find(kElementSsid)->raw), "0003616263");
  EXPECT_TRUE(elements.find(kElementRsn)->body.empty());
  EXPECT_EQ(to_hex(elements.find_ext(0x23)->body), "aabb");
  EXPECT_EQ(elements.find_ext(0x24), nullptr);
  EXPECT_EQ(elements.find(7), nullptr);
}

TEST(Elements, KeepWhatStandsBeforeATruncation) {
  for (const char* text : {"0001 61 30", "0001 61 3002aa"}) {
    const Bytes bytes = hex(text);
    const Elements elements = parse_elements(bytes);
    EXPECT_TRUE(elements.truncated) << text;
    EXPECT_EQ(elements.list.size(), 1U) << text;
  }
  EXPECT_FALSE(parse_elements({}).truncated);
}

TEST(Elements, TakeAnExtensionWithoutAnId) {
  const Bytes bytes = hex("ff00");
  EXPECT_FALSE(parse_elements(bytes).list.at(0).ext_id.has_value());
}

}  // namespace
}  // namespace postassoc
