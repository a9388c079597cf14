#pragma once

#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "harness/frames/bytes.h"
#include "harness/frames/mac_address.h"

namespace postassoc::hwsim {

/// Of drivers/net/wireless/mac80211_hwsim.h; the header is not among the kernel's exported ones.
enum Command : std::uint8_t {
  kRegister = 1,
  kFrame = 2,
  kTxInfoFrame = 3,
  kGetRadio = 6,
  kAddMacAddress = 7,
  kDelMacAddress = 8,
};
enum Attribute : int {
  kAddrReceiver = 1,
  kAddrTransmitter = 2,
  kFrameBytes = 3,
  kFlags = 4,
  kRxRate = 5,
  kSignal = 6,
  kTxInfo = 7,
  kCookie = 8,
  kRadioId = 10,
  kFrequency = 19,
  kMostAttributes = 31,
};
inline constexpr std::uint32_t kTxNoAck = 1U << 1;    ///< HWSIM_TX_CTL_NO_ACK
inline constexpr std::uint32_t kTxStatAck = 1U << 2;  ///< HWSIM_TX_STAT_ACK
inline constexpr const char* kFamily = "MAC80211_HWSIM";

/// How the medium names a radio: its second address. Its first one is its interface's.
MacAddress radio_name(std::uint32_t radio_id);

/// A message from the driver, its attributes checked for their lengths. Points into it.
struct Message {
  std::uint8_t command = 0;
  std::optional<MacAddress> receiver, transmitter;
  ByteView frame;
  std::uint32_t flags = 0;
  ByteView tx_info;
  std::optional<std::uint64_t> cookie;
  std::optional<std::uint32_t> radio_id;
  std::uint32_t frequency_mhz = 0;

  static std::optional<Message> parse(const nlmsghdr* header);
};

using MessagePtr = std::unique_ptr<nl_msg, decltype(&nlmsg_free)>;
MessagePtr request(int family, Command command, int flags = 0);
/// A frame for a radio.
MessagePtr deliver(int family, const MacAddress& radio, ByteView frame, int frequency_mhz);
/// What became of a transmission.
MessagePtr tx_info(int family, const Message& sent, bool acknowledged);

}  // namespace postassoc::hwsim
