#include "harness/air_twice.h"

#include <gtest/gtest.h>

#include "harness/air_survey_test_support.h"

namespace postassoc {
namespace {

using std::chrono::milliseconds;

bool again(HeardTwice& heard, const Bytes& mpdu, milliseconds time) {
  return heard.again(parse_dot11(mpdu, false, false).value(), mpdu, Timestamp(time));
}

TEST(HeardTwice, IsTheSameTransmissionAMomentLater) {
  TestCapture capture;
  const Bytes frame = build_data_frame(capture.header(true), Bytes(40, std::byte{1}));
  const Bytes next = build_data_frame(capture.header(true), Bytes(40, std::byte{1}));
  HeardTwice heard;
  EXPECT_FALSE(again(heard, frame, milliseconds(100)));
  EXPECT_TRUE(again(heard, frame, milliseconds(103)));
  EXPECT_TRUE(again(heard, frame, milliseconds(98))) << "the other sniffer's clock is behind";
  EXPECT_FALSE(again(heard, next, milliseconds(103))) << "another sequence number";
  EXPECT_FALSE(again(heard, frame, milliseconds(151))) << "too late";
}

TEST(HeardTwice, IsNoRetransmission) {
  TestCapture capture;
  DataHeader header = capture.header(true);
  header.retry = true;
  const Bytes frame = build_data_frame(header, Bytes(40, std::byte{1}));
  HeardTwice heard;
  EXPECT_FALSE(again(heard, frame, milliseconds(100)));
  EXPECT_FALSE(again(heard, frame, milliseconds(101)));
}

TEST(HeardTwice, LeavesThemOutOfASurveyAndCountsThem) {
  TestCapture capture;
  capture.beacon();
  capture.associate(capture.parameters());
  const Bytes data =
      build_data_frame(capture.header(true), build_llc_snap(kEthertypeIpv4, as_bytes("x")));
  capture.frame(data);
  const auto twice = capture.frame(data);
  const Surveyed found = survey(capture);
  EXPECT_EQ(found.summary.of(FrameClass::heard_twice).frames, 1U);
  EXPECT_EQ(found.summary.of(FrameClass::heard_twice).first_frame, twice);
  EXPECT_EQ(found.association().plain_data.size(), 1U);
  EXPECT_EQ(found.sum_of_classes(), found.summary.frames);
  EXPECT_EQ(found.summary.undecoded(), 0U);
}

TEST(HeardTwice, LeavesEvidenceOfOneSnifferAlone) {
  TestCapture capture;
  capture.beacon();
  capture.associate(capture.parameters());
  const Bytes replayed =
      build_data_frame(capture.header(true), build_llc_snap(kEthertypeIpv4, as_bytes("x")));
  capture.frame(replayed);
  capture.frame(replayed);
  EXPECT_EQ(capture.read().associations.at(0).plain_data.size(), 2U);
}

}  // namespace
}  // namespace postassoc
