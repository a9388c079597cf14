#include "adapters/medium/hwsim_messages.h"

#include <gtest/gtest.h>
#include <netlink/attr.h>

#include <cstring>

namespace postassoc::hwsim {
namespace {

constexpr int kNumber = 31;
constexpr MacAddress kRadio{{0x42, 0, 0, 0, 1, 0}};

Bytes some_frame() {
  return Bytes(60, std::byte{0x5a});
}

TEST(HwsimMessages, NamesRadiosAsTheDriverDoes) {
  EXPECT_EQ(to_string(radio_name(1)), "42:00:00:00:01:00");
  EXPECT_EQ(to_string(radio_name(258)), "42:00:00:01:02:00");
}

TEST(HwsimMessages, ADeliveryReadsBack) {
  const auto message = deliver(kNumber, kRadio, some_frame(), 2437);
  const auto* header = nlmsg_hdr(message.get());
  EXPECT_EQ(header->nlmsg_type, kNumber);
  const auto read = Message::parse(header);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->command, kFrame);
  EXPECT_EQ(read->receiver, kRadio);
  EXPECT_EQ(Bytes(read->frame.begin(), read->frame.end()), some_frame());
  EXPECT_EQ(read->frequency_mhz, 2437U);
}

TEST(HwsimMessages, AnAnswerHasTheCookieAndWhetherItWasAcknowledged) {
  const std::array<std::uint8_t, 8> rates = {3, 4, 1, 2, 0xff, 0, 0xff, 0};
  Message sent;
  sent.transmitter = kRadio;
  sent.cookie = 0x1122334455667788;
  sent.flags = 1;
  sent.tx_info = std::as_bytes(std::span(rates));
  for (const bool acknowledged : {false, true}) {
    const auto message = tx_info(kNumber, sent, acknowledged);
    const auto read = Message::parse(nlmsg_hdr(message.get()));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->command, kTxInfoFrame);
    EXPECT_EQ(read->transmitter, kRadio);
    EXPECT_EQ(read->cookie, sent.cookie);
    EXPECT_EQ(read->flags, acknowledged ? 5U : 1U);
    ASSERT_EQ(read->tx_info.size(), 8U);
    EXPECT_EQ(read->tx_info[0], std::byte{3});
    EXPECT_EQ(read->tx_info[1], std::byte{1});
    EXPECT_EQ(read->tx_info[2], std::byte{0xff});
  }
}

TEST(HwsimMessages, AttributesThatAreTooShortAreNotThere) {
  const auto message = request(kNumber, kFrame);
  const std::array<std::uint8_t, 2> two = {1, 2};
  for (const int type : {kAddrReceiver, kAddrTransmitter, kFlags, kCookie, kRadioId, kFrequency}) {
    nla_put(message.get(), type, two.size(), two.data());
  }
  const auto read = Message::parse(nlmsg_hdr(message.get()));
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->receiver);
  EXPECT_FALSE(read->transmitter);
  EXPECT_FALSE(read->cookie);
  EXPECT_FALSE(read->radio_id);
  EXPECT_EQ(read->frequency_mhz, 0U);
  EXPECT_TRUE(read->frame.empty());
}

}  // namespace
}  // namespace postassoc::hwsim
