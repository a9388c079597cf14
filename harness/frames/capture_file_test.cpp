#include "harness/frames/capture_file.h"

#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

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

/// A block of a little-endian pcapng file.
Bytes block(std::uint32_t type, ByteView body) {
  const auto length = static_cast<std::uint32_t>(12 + (body.size() + 3) / 4 * 4);
  return ByteWriter()
      .le32(type)
      .le32(length)
      .bytes(body)
      .zeros(length - 12 - body.size())
      .le32(length)
      .take();
}
Bytes section() {
  return block(0x0a0d0d0a, ByteWriter().le32(0x1a2b3c4d).le16(1).le16(0).le64(~0ULL).take());
}
/// `resolution`: the exponent of option if_tsresol, 6 or 9.
Bytes interface(int link_type, std::uint32_t snap_length, std::uint8_t resolution = 6) {
  return block(1, ByteWriter()
                      .le16(static_cast<std::uint16_t>(link_type))
                      .le16(0)
                      .le32(snap_length)
                      .le16(9)
                      .le16(1)
                      .u8(resolution)
                      .zeros(3)
                      .le32(0)
                      .take());
}
Bytes packet(std::uint32_t interface, std::uint64_t stamp, ByteView frame) {
  const auto size = static_cast<std::uint32_t>(frame.size());
  return block(6, ByteWriter()
                      .le32(interface)
                      .le32(static_cast<std::uint32_t>(stamp >> 32))
                      .le32(static_cast<std::uint32_t>(stamp))
                      .le32(size)
                      .le32(size)
                      .bytes(frame)
                      .take());
}

TEST_F(CaptureFileTest, TakesEachInterfacesOwnResolution) {
  write(ByteWriter()
            .bytes(section())
            .bytes(interface(kLinkTypeRadiotap, 65535, 6))
            .bytes(interface(kLinkTypeRadiotap, 65535, 9))
            .bytes(packet(0, 1'700'000'000'123'456, frame_))
            .bytes(packet(1, 1'700'000'000'123'456'789, frame_))
            .take());
  auto capture = CaptureFile::open(path_);
  ASSERT_TRUE(capture.has_value()) << to_string(capture.error());
  EXPECT_EQ(capture->next().value()->time.count(), 1'700'000'000'123'456'000);
  EXPECT_EQ(capture->next().value()->time.count(), 1'700'000'000'123'456'789);
}

TEST_F(CaptureFileTest, HoldsStampsWithinTheirDifferences) {
  write(ByteWriter()
            .bytes(section())
            .bytes(interface(kLinkTypeRadiotap, 65535, 6))
            .bytes(packet(0, ~0ULL, frame_))
            .bytes(packet(0, 0, frame_))
            .take());
  auto capture = CaptureFile::open(path_);
  ASSERT_TRUE(capture.has_value()) << to_string(capture.error());
  const auto latest = capture->next().value()->time;
  EXPECT_LE(latest, std::chrono::seconds(std::int64_t{1} << 32));
  EXPECT_GT(latest, std::chrono::seconds(1'700'000'000));
  EXPECT_EQ(capture->next().value()->time.count(), 0);
}

TEST_F(CaptureFileTest, NamesTheInterfacesThatDiffer) {
  write(ByteWriter()
            .bytes(section())
            .bytes(interface(kLinkTypeRadiotap, 65535))
            .bytes(packet(0, 1'700'000'000'123'456, frame_))
            .bytes(interface(kLinkTypeEthernet, 65535))
            .bytes(packet(1, 1'700'000'000'123'456, frame_))
            .take());
  auto capture = CaptureFile::open(path_);
  ASSERT_TRUE(capture.has_value()) << to_string(capture.error());
  EXPECT_EQ(to_hex(capture->next().value()->data), to_hex(frame_));
  const auto refused = capture->next();
  ASSERT_FALSE(refused.has_value());
  for (const char* part :
       {"after frame 1", "0: 802.11 with radiotap", "1: Ethernet", "tshark -r", "editcap"}) {
    EXPECT_NE(refused.error().what.find(part), std::string::npos) << refused.error().what;
  }
  EXPECT_FALSE(capture->next().value().has_value());
}

Bytes gzip(ByteView bytes) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  Bytes packed(bytes.size() + 1024);
  Bytes input(bytes.begin(), bytes.end());
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

TEST_F(CaptureFileTest, ReadsGzipAndSaysWhereItBreaksOff) {
  ByteWriter plain;
  plain.bytes(pcap_file_header(kLinkTypeDot11));
  constexpr int kFrames = 5000;
  for (int i = 0; i < kFrames; ++i) {
    Bytes frame(64);
    for (std::size_t at = 0; at < frame.size(); ++at) {
      frame[at] = static_cast<std::byte>((static_cast<std::size_t>(i) * 7919 + at * at * 31) >> 3);
    }
    plain.bytes(pcap_record(time_ + std::chrono::microseconds(i), frame));
  }
  const Bytes packed = gzip(plain.take());
  const auto read_all = [this](std::optional<std::string>& truncated) {
    int frames = 0;
    auto capture = CaptureFile::open(path_);
    EXPECT_TRUE(capture.has_value()) << to_string(capture.error());
    for (auto next = capture->next(); next ? next->has_value() : false; next = capture->next()) {
      ++frames;
    }
    truncated = capture->truncated();
    return frames;
  };
  std::optional<std::string> truncated;
  write(packed);
  EXPECT_EQ(read_all(truncated), kFrames);
  EXPECT_FALSE(truncated.has_value());
  write(ByteView(packed).first(packed.size() / 2));
  const int half = read_all(truncated);
  EXPECT_GT(half, 0);
  EXPECT_LT(half, kFrames);
  ASSERT_TRUE(truncated.has_value());
  EXPECT_NE(truncated->find("gzip"), std::string::npos) << *truncated;
  Bytes damaged = packed;
  for (std::size_t i = damaged.size() / 2; i < damaged.size() / 2 + 64; ++i) {
    damaged[i] = std::byte{0xff};
  }
  write(damaged);
  EXPECT_LT(read_all(truncated), kFrames);  // garbage ends it, as an Error or as a broken file
}

TEST_F(CaptureFileTest, OpensEveryLinkTypeThatIsRead) {
  for (const int link_type : {1, 105, 113, 119, 127, 163, 192, 276}) {
    write(pcap_file_header(link_type));
    const auto capture = CaptureFile::open(path_);
    ASSERT_TRUE(capture.has_value()) << link_type;
    EXPECT_EQ(capture->link_type(), link_type);
    EXPECT_NE(carries_dot11(link_type), is_of_a_netdev(link_type));
  }
}

TEST_F(CaptureFileTest, SurvivesPcapngCutAndChangedAnywhere) {
  const Bytes whole = ByteWriter()
                          .bytes(section())
                          .bytes(interface(kLinkTypeRadiotap, 65535))
                          .bytes(interface(kLinkTypeEthernet, 65535))
                          .bytes(packet(1, 1'700'000'000'123'456, frame_))
                          .take();
  const auto read = [this](ByteView bytes) {
    write(bytes);
    auto capture = CaptureFile::open(path_);
    for (int i = 0; capture && i < 10; ++i) {
      const auto next = capture->next();
      if (next && !*next) {
        break;
      }
    }
  };
  for (std::size_t i = 0; i < whole.size(); ++i) {
    read(ByteView(whole).first(i));
    for (const int value : {0x00, 0x01, 0x7f, 0xff}) {
      Bytes changed = whole;
      changed[i] = static_cast<std::byte>(value);
      read(changed);
    }
  }
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
