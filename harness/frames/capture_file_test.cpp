#include "harness/frames/capture_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "harness/frames/byte_writer.h"
#include "harness/frames/pcap_format.h"

namespace postassoc {
namespace {

class CaptureFileTest : public testing::Test {
 protected:
  CaptureFileTest() {
    const std::string test = testing::UnitTest::GetInstance()->current_test_info()->name();
    path_ = std::filesystem::temp_directory_path() /
            ("postassoc_" + std::to_string(getpid()) + "_" + test + ".pcap");
  }
  ~CaptureFileTest() override { std::filesystem::remove(path_); }

  void write(ByteView bytes) const { std::ofstream(path_, std::ios::binary) << as_text(bytes); }

  std::filesystem::path path_;
  const std::chrono::nanoseconds time_{1'700'000'000'123'456'789};
  const Bytes frame_{Bytes(10, std::byte{0xd4})};
};

TEST_F(CaptureFileTest, ReadsWhatWasWrittenToTheNanosecond) {
  write(ByteWriter()
            .bytes(pcap_file_header(kLinkTypeRadiotap))
            .bytes(pcap_record(time_, frame_))
            .bytes(pcap_record_header(time_ + std::chrono::nanoseconds(1), 4, 1500))
            .zeros(4)
            .take());
  auto capture = CaptureFile::open(path_);
  ASSERT_TRUE(capture.has_value()) << to_string(capture.error());
  EXPECT_EQ(capture->link_type(), kLinkTypeRadiotap);
  const auto first = capture->next().value();
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->number, 1U);
  EXPECT_EQ(first->time, time_);
  EXPECT_EQ(to_hex(first->data), to_hex(frame_));
  const auto second = capture->next().value();
  EXPECT_EQ(second->number, 2U);
  EXPECT_EQ(second->time - first->time, std::chrono::nanoseconds(1));
  EXPECT_EQ(second->data.size(), 4U);
  EXPECT_EQ(second->original_length, 1500U);
  EXPECT_FALSE(capture->next().value().has_value());
  EXPECT_FALSE(capture->next().value().has_value());
  EXPECT_FALSE(capture->truncated().has_value());
}

TEST_F(CaptureFileTest, SaysThatAFileBreaksOffWhereverItDoes) {
  const Bytes whole = ByteWriter()
                          .bytes(pcap_file_header(kLinkTypeDot11))
                          .bytes(pcap_record(time_, frame_))
                          .bytes(pcap_record(time_, frame_))
                          .take();
  const std::size_t first_ends = 24 + 16 + frame_.size();
  for (std::size_t length = first_ends; length <= whole.size(); ++length) {
    write(ByteView(whole).first(length));
    auto capture = CaptureFile::open(path_);
    ASSERT_TRUE(capture.has_value());
    std::uint64_t frames = 0;
    while (capture->next().value().has_value()) {
      ++frames;
    }
    const bool at_a_boundary = length == first_ends || length == whole.size();
    EXPECT_EQ(frames, length == whole.size() ? 2U : 1U);
    EXPECT_EQ(capture->truncated().has_value(), !at_a_boundary) << length;
  }
}

TEST_F(CaptureFileTest, SaysThatAPcapngFileBreaksOff) {
  // section header; interface (radiotap, snap length 0); one enhanced packet of 4 octets
  const Bytes whole = from_hex(
                          "0a0d0d0a1c0000004d3c2b1a01000000ffffffffffffffff1c000000"
                          "01000000140000007f0000000000000014000000"
                          "06000000240000000000000000000000000000000400000004000000aabbccdd"
                          "24000000")
                          .value();
  write(whole);
  auto good = CaptureFile::open(path_);
  ASSERT_TRUE(good.has_value()) << to_string(good.error());
  EXPECT_EQ(to_hex(good->next().value().value().data), "aabbccdd");
  EXPECT_FALSE(good->next().value().has_value());
  EXPECT_FALSE(good->truncated().has_value());
  write(ByteView(whole).first(whole.size() - 6));
  auto cut = CaptureFile::open(path_);
  EXPECT_FALSE(cut->next().value().has_value());
  EXPECT_TRUE(cut->truncated().has_value());
}

TEST_F(CaptureFileTest, RefusesACorruptRecord) {
  write(ByteWriter()
            .bytes(pcap_file_header(kLinkTypeDot11))
            .bytes(pcap_record_header(time_, 0x7fffffff, 0x7fffffff))
            .zeros(64)
            .take());
  auto capture = CaptureFile::open(path_);
  EXPECT_FALSE(capture->next().has_value());
}

TEST_F(CaptureFileTest, RefusesWhatIsNoCaptureOfFrames) {
  EXPECT_EQ(CaptureFile::open(path_).error().fault, Fault::invalid_input);
  write(as_bytes("not a capture at all, but long enough"));
  EXPECT_FALSE(CaptureFile::open(path_).has_value());
  write(pcap_file_header(228));
  const auto raw_ip = CaptureFile::open(path_);
  ASSERT_FALSE(raw_ip.has_value());
  EXPECT_NE(raw_ip.error().what.find("228"), std::string::npos);
}

}  // namespace
}  // namespace postassoc
