#include "adapters/medium/hwsim_messages.h"

#include <netlink/attr.h>

#include <algorithm>
#include <cstring>

namespace postassoc::hwsim {
namespace {

constexpr std::uint32_t kSignalDbm = static_cast<std::uint32_t>(-30);
constexpr std::size_t kRates = 4;  ///< IEEE80211_TX_MAX_RATES
constexpr std::size_t kHeadroom = 256;

using Table = std::array<nlattr*, kMostAttributes + 1>;

ByteView bytes(const nlattr* attribute) {
  if (attribute == nullptr) {
    return {};
  }
  return {static_cast<const std::byte*>(nla_data(attribute)),
          static_cast<std::size_t>(nla_len(attribute))};
}

template <class T>
std::optional<T> number(const nlattr* attribute) {
  const ByteView view = bytes(attribute);
  if (view.size() < sizeof(T)) {
    return std::nullopt;
  }
  T value{};
  std::memcpy(&value, view.data(), sizeof value);
  return value;
}

std::optional<MacAddress> address(const nlattr* attribute) {
  const ByteView view = bytes(attribute);
  return view.size() < 6 ? std::nullopt : std::optional(MacAddress::from(view));
}

void put(nl_msg* message, int type, const MacAddress& value) {
  nla_put(message, type, static_cast<int>(value.octets.size()), value.octets.data());
}

}  // namespace

MacAddress radio_name(std::uint32_t radio_id) {
  return {{0x42, 0, 0, static_cast<std::uint8_t>(radio_id >> 8),
           static_cast<std::uint8_t>(radio_id), 0}};
}

std::optional<Message> Message::parse(const nlmsghdr* header) {
  if (!genlmsg_valid_hdr(const_cast<nlmsghdr*>(header), 0)) {
    return std::nullopt;
  }
  const auto* generic = static_cast<const genlmsghdr*>(nlmsg_data(header));
  Table table{};
  nla_parse(table.data(), kMostAttributes, genlmsg_attrdata(generic, 0),
            genlmsg_attrlen(generic, 0), nullptr);
  Message message;
  message.command = generic->cmd;
  message.receiver = address(table[kAddrReceiver]);
  message.transmitter = address(table[kAddrTransmitter]);
  message.frame = bytes(table[kFrameBytes]);
  message.flags = number<std::uint32_t>(table[kFlags]).value_or(0);
  message.tx_info = bytes(table[kTxInfo]);
  message.cookie = number<std::uint64_t>(table[kCookie]);
  message.radio_id = number<std::uint32_t>(table[kRadioId]);
  message.frequency_mhz = number<std::uint32_t>(table[kFrequency]).value_or(0);
  return message;
}

MessagePtr request(int family, Command command, int flags) {
  MessagePtr message(nlmsg_alloc(), &nlmsg_free);
  genlmsg_put(message.get(), NL_AUTO_PORT, NL_AUTO_SEQ, family, 0, NLM_F_REQUEST | flags, command,
              1);
  return message;
}

MessagePtr deliver(int family, const MacAddress& radio, ByteView frame, int frequency_mhz) {
  MessagePtr message(nlmsg_alloc_size(frame.size() + kHeadroom), &nlmsg_free);
  genlmsg_put(message.get(), NL_AUTO_PORT, NL_AUTO_SEQ, family, 0, NLM_F_REQUEST, kFrame, 1);
  put(message.get(), kAddrReceiver, radio);
  nla_put(message.get(), kFrameBytes, static_cast<int>(frame.size()), frame.data());
  nla_put_u32(message.get(), kRxRate, 0);
  nla_put_u32(message.get(), kSignal, kSignalDbm);
  if (frequency_mhz > 0) {
    nla_put_u32(message.get(), kFrequency, static_cast<std::uint32_t>(frequency_mhz));
  }
  return message;
}

/// Sent once, at the first of the rates asked for.
MessagePtr tx_info(int family, const Message& sent, bool acknowledged) {
  struct Rate {
    std::int8_t index = -1;
    std::uint8_t count = 0;
  };
  std::array<Rate, kRates> rates{};
  static_assert(sizeof rates == 2 * kRates);
  std::memcpy(rates.data(), sent.tx_info.data(), std::min(sizeof rates, sent.tx_info.size()));
  rates[0] = {std::max<std::int8_t>(rates[0].index, 0), 1};
  std::fill(rates.begin() + 1, rates.end(), Rate{});
  MessagePtr message = request(family, kTxInfoFrame);
  put(message.get(), kAddrTransmitter, *sent.transmitter);
  nla_put_u32(message.get(), kFlags, sent.flags | (acknowledged ? kTxStatAck : 0));
  nla_put_u64(message.get(), kCookie, *sent.cookie);
  nla_put_u32(message.get(), kSignal, kSignalDbm);
  nla_put(message.get(), kTxInfo, sizeof rates, rates.data());
  return message;
}

}  // namespace postassoc::hwsim
