#include "harness/frames/defragment.h"

#include <gtest/gtest.h>

#include "harness/frames/build.h"
#include "harness/frames/msdu.h"

namespace postassoc {
namespace {

Dot11 fragment(std::uint16_t sequence_number, std::uint8_t number, bool more, bool retry = false,
               std::uint16_t tid = 0) {
  static std::list<Bytes> frames;
  DataHeader header;
  header.to_ds = true;
  header.bssid = {{2, 0, 0, 0, 0, 0}};
  header.sa = {{2, 0, 0, 0, 1, 0}};
  header.sequence_number = sequence_number;
  header.fragment_number = number;
  header.more_fragments = more;
  header.retry = retry;
  header.qos_control = tid;
  return parse_dot11(frames.emplace_back(build_data_header(header))).value();
}

TEST(Defragmenter, JoinsTheFragmentsOfAnMsdu) {
  Defragmenter defragmenter;
  const Bytes msdu = build_llc_snap(kEthertypeEapol, as_bytes("whole"));
  const ByteView bytes = msdu;
  EXPECT_FALSE(defragmenter.add(fragment(7, 0, true), bytes.first(5)));
  EXPECT_FALSE(defragmenter.add(fragment(7, 0, true, false, 3), as_bytes("another TID")));
  EXPECT_FALSE(defragmenter.add(fragment(7, 1, true), bytes.subspan(5, 4)));
  EXPECT_FALSE(defragmenter.add(fragment(7, 1, true, true), bytes.subspan(5, 4)));
  const Dot11 last = fragment(7, 2, false);
  const auto whole = defragmenter.add(last, bytes.subspan(9));
  ASSERT_TRUE(whole.has_value());
  const auto parsed = parse_msdus(as_whole(last), *whole).value();
  EXPECT_EQ(parsed.at(0).ethertype, kEthertypeEapol);
  EXPECT_EQ(as_text(parsed.at(0).payload), "whole");
  EXPECT_EQ(defragmenter.unfinished(), 1U);
  EXPECT_EQ(defragmenter.lost(), 0U);
}

TEST(Defragmenter, LosesAnMsduWithAFragmentMissing) {
  Defragmenter defragmenter;
  EXPECT_FALSE(defragmenter.add(fragment(7, 0, true), as_bytes("a")));
  EXPECT_FALSE(defragmenter.add(fragment(7, 2, false), as_bytes("c")));
  EXPECT_EQ(defragmenter.lost(), 1U);
  EXPECT_FALSE(defragmenter.add(fragment(8, 1, false), as_bytes("b")));
  EXPECT_EQ(defragmenter.lost(), 2U);
  EXPECT_EQ(defragmenter.unfinished(), 0U);
}

TEST(Defragmenter, HoldsALimitedNumber) {
  Defragmenter defragmenter(4);
  for (std::uint16_t i = 0; i < 100; ++i) {
    EXPECT_FALSE(defragmenter.add(fragment(i, 0, true), as_bytes("a")));
  }
  EXPECT_EQ(defragmenter.unfinished(), 4U);
  EXPECT_EQ(defragmenter.lost(), 96U);
  EXPECT_TRUE(defragmenter.add(fragment(99, 1, false), as_bytes("b")));
}

TEST(Defragmenter, HandsThroughWhatIsWhole) {
  Defragmenter defragmenter;
  const Dot11 frame = fragment(1, 0, false);
  EXPECT_FALSE(is_fragment(frame));
  EXPECT_EQ(as_text(defragmenter.add(frame, as_bytes("x")).value()), "x");
}

}  // namespace
}  // namespace postassoc
