#include "adapters/virtual_rig/channel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace postassoc::virtual_rig {
namespace {

TEST(Channel, frames_survive_any_cut_of_the_stream) {
  Bytes stream = encode(FrameType::progress, as_bytes("one"));
  const Bytes second = encode(FrameType::result, {});
  stream.insert(stream.end(), second.begin(), second.end());
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    FrameReader reader;
    std::vector<Frame> frames;
    for (const ByteView part : {ByteView(stream).first(cut), ByteView(stream).subspan(cut)}) {
      reader.feed(part);
      while (auto frame = *reader.next()) {
        frames.push_back(std::move(*frame));
      }
    }
    ASSERT_EQ(frames.size(), 2u) << "cut at " << cut;
    EXPECT_EQ(frames[0].type, FrameType::progress);
    EXPECT_EQ(as_text(frames[0].payload), "one");
    EXPECT_EQ(frames[1].type, FrameType::result);
    EXPECT_TRUE(frames[1].payload.empty());
  }
}

TEST(Channel, hostile_length_is_an_error_and_stays_one) {
  FrameReader reader;
  reader.feed(*from_hex("ffffffff 08"));
  EXPECT_FALSE(reader.next());
  reader.feed(encode(FrameType::result, {}));
  EXPECT_FALSE(reader.next());
}

TEST(Channel, unknown_type_is_an_error) {
  for (const char* type : {"00", "0a", "ff"}) {
    FrameReader reader;
    reader.feed(*from_hex(std::string("00000000") + type));
    EXPECT_FALSE(reader.next()) << type;
  }
}

TEST(Channel, evidence_keeps_name_and_bytes) {
  const Bytes payload = encode_evidence("captures/air.pcap", as_bytes("bytes"));
  const auto evidence = decode_evidence(payload);
  ASSERT_TRUE(evidence);
  EXPECT_EQ(evidence->name, "captures/air.pcap");
  EXPECT_EQ(as_text(evidence->bytes), "bytes");
}

TEST(Channel, evidence_never_leads_out_of_the_run_directory) {
  for (const char* name : {"", "/etc/passwd", "../plan.json", "a/../../b", "a//b", "a/", ".", "..",
                           "a b", "a\\b", "a\nb"}) {
    EXPECT_FALSE(decode_evidence(encode_evidence(name, {}))) << name;
  }
  EXPECT_FALSE(decode_evidence({}));
  EXPECT_FALSE(decode_evidence(*from_hex("05 61 62")));  // name longer than the payload
}

TEST(Channel, sync_keeps_date_and_entropy) {
  const Bytes entropy(64, std::byte{7});
  const Bytes payload = encode_sync({1'700'000'000'123'456'789, entropy});
  const auto sync = decode_sync(payload);
  ASSERT_TRUE(sync);
  EXPECT_EQ(sync->realtime_ns, 1'700'000'000'123'456'789u);
  EXPECT_THAT(sync->entropy, testing::ElementsAreArray(entropy));
  EXPECT_FALSE(decode_sync(ByteView(payload).first(7)));
}

TEST(Channel, failure_keeps_the_error) {
  const Failure failure =
      decode_failure(encode_failure({{Fault::rig_unavailable, "no hostapd", "rig.json"}, true}));
  EXPECT_EQ(failure.error.fault, Fault::rig_unavailable);
  EXPECT_EQ(to_string(failure.error), "rig.json: no hostapd");
  EXPECT_TRUE(failure.bug);
}

TEST(Channel, unreadable_failure_is_the_labs) {
  for (const char* text : {"", "{", "[]", "{\"fault\": 1, \"what\": []}"}) {
    const Failure failure = decode_failure(as_bytes(text));
    EXPECT_EQ(failure.error.fault, Fault::lab) << text;
    EXPECT_FALSE(failure.error.what.empty()) << text;
  }
}

}  // namespace
}  // namespace postassoc::virtual_rig
