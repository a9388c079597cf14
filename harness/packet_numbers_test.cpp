#include "harness/packet_numbers.h"

#include <gtest/gtest.h>

#include "harness/air.h"

namespace postassoc {
namespace {

AirProtected frame(std::uint64_t number, std::uint64_t pn, std::uint64_t mic) {
  AirProtected seen;
  seen.frame = number;
  seen.pn = pn;
  seen.mic = mic;
  seen.sequence_number = static_cast<std::uint16_t>(number);
  return seen;
}

TEST(PacketNumbers, RisingOnesAreFine) {
  PacketNumbers numbers;
  for (std::uint64_t i = 1; i < 1000; ++i) {
    EXPECT_FALSE(numbers.take(frame(i, i * 3, i)));
  }
  EXPECT_EQ(numbers.taken(true), 999U);
  EXPECT_EQ(numbers.taken(false), 0U);
}

TEST(PacketNumbers, TheSameNumberWithOtherContentIsReuse) {
  PacketNumbers numbers;
  EXPECT_FALSE(numbers.take(frame(1, 7, 1)));
  const auto fault = numbers.take(frame(2, 7, 2));
  ASSERT_TRUE(fault);
  EXPECT_TRUE(fault->reused());
  EXPECT_EQ(fault->before.frame, 1U);
  EXPECT_EQ(fault->after.frame, 2U);
}

TEST(PacketNumbers, ARetransmissionIsNot) {
  PacketNumbers numbers;
  AirProtected sent = frame(1, 7, 1);
  EXPECT_FALSE(numbers.take(sent));
  sent.frame = 2;
  EXPECT_FALSE(numbers.take(sent)) << "the sniffer saw it twice";
  sent.retry = true;
  sent.mic = 99;
  EXPECT_FALSE(numbers.take(sent)) << "the first copy was damaged";
}

TEST(PacketNumbers, AFallIsAFaultUnlessRetried) {
  PacketNumbers numbers;
  for (std::uint64_t i = 1; i <= 500; ++i) {
    EXPECT_FALSE(numbers.take(frame(i, i, i)));
  }
  AirProtected late = frame(501, 490, 501);
  late.pn = 499 - PacketNumbers::kWindow;
  late.retry = true;
  EXPECT_FALSE(numbers.take(late));
  const auto fault = numbers.take(frame(502, 1, 502));
  ASSERT_TRUE(fault);
  EXPECT_FALSE(fault->reused());
  EXPECT_EQ(fault->before.pn, 500U);
}

TEST(PacketNumbers, EachKeyTransmitterAndTidCountsByItself) {
  PacketNumbers numbers;
  EXPECT_FALSE(numbers.take(frame(1, 100, 1)));
  AirProtected next = frame(2, 1, 2);
  next.handshake = 1;
  EXPECT_FALSE(numbers.take(next)) << "a rekey begins anew";
  next.handshake = 0;
  next.direction = Direction::from_access_point;
  EXPECT_FALSE(numbers.take(next));
  next.group = true;
  EXPECT_FALSE(numbers.take(next));
  AirProtected other_tid = frame(3, 50, 3);
  other_tid.tid = 5;
  EXPECT_FALSE(numbers.take(other_tid)) << "only rising within a TID";
  other_tid.pn = 100;
  EXPECT_TRUE(numbers.take(other_tid)) << "but never the same number in two";
}

}  // namespace
}  // namespace postassoc
