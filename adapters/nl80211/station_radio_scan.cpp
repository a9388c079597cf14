#include <fmt/format.h>
#include <linux/if_ether.h>

#include "adapters/nl80211/station_radio_state.h"
#include "harness/frames/byte_writer.h"

// A StationRadio's scans.
namespace postassoc {
namespace {

constexpr auto kScanLimit = std::chrono::seconds(5);
constexpr auto kBusy = std::chrono::milliseconds(20);

/// A BSS of a scan's results; nothing if it is not this one.
std::optional<FoundBss> read_bss(const Attributes& attributes, MacAddress wanted) {
  const auto* nested = attributes.get(NL80211_ATTR_BSS);
  if (nested == nullptr) {
    return std::nullopt;
  }
  const Attributes bss = Attributes::nested(nested);
  const ByteView bssid = bss.bytes(NL80211_BSS_BSSID);
  const auto frequency = bss.u32(NL80211_BSS_FREQUENCY);
  if (bssid.size() < ETH_ALEN || !frequency || MacAddress::from(bssid) != wanted) {
    return std::nullopt;
  }
  ByteView elements = bss.bytes(NL80211_BSS_BEACON_IES);
  if (elements.empty()) {
    elements = bss.bytes(NL80211_BSS_INFORMATION_ELEMENTS);
  }
  ByteWriter beacon;  // 9.3.3.2: timestamp, interval, capabilities
  ByteView timestamp = bss.bytes(NL80211_BSS_TSF);
  beacon.bytes(timestamp.first(std::min<std::size_t>(timestamp.size(), 8)));
  beacon.zeros(8 - beacon.size());
  beacon.le16(bss.u16(NL80211_BSS_BEACON_INTERVAL).value_or(0));
  beacon.le16(bss.u16(NL80211_BSS_CAPABILITY).value_or(0));
  beacon.bytes(elements);
  return FoundBss{wanted, *frequency, beacon.take()};
}

}  // namespace

Result<std::optional<FoundBss>> StationRadio::scanned(State& state, MacAddress bssid) {
  auto dump = state.conversation->request(NL80211_CMD_GET_SCAN, NLM_F_DUMP);
  dump.u32(NL80211_ATTR_IFINDEX, static_cast<std::uint32_t>(state.index));
  std::optional<FoundBss> found;
  auto done = state.conversation->exchange(dump, "read what the scan found", state.interface,
                                           [&](const Attributes& attributes) {
                                             if (auto bss = read_bss(attributes, bssid)) {
                                               found = std::move(bss);
                                             }
                                           });
  if (!done) {
    return done.error();
  }
  return Result<std::optional<FoundBss>>(std::move(found));
}

Task<FoundBss> StationRadio::find(std::string ssid, MacAddress bssid, int frequency_mhz,
                                  std::chrono::nanoseconds limit) {
  const std::shared_ptr<State> held = state_;
  State& state = *held;
  const auto deadline = std::chrono::steady_clock::now() + limit;
  do {
    auto scan = state.request(NL80211_CMD_TRIGGER_SCAN);
    scan.nested(
            NL80211_ATTR_SCAN_FREQUENCIES,
            [&](Nl80211Request& list) { list.u32(0, static_cast<std::uint32_t>(frequency_mhz)); })
        .nested(NL80211_ATTR_SCAN_SSIDS,
                [&](Nl80211Request& list) { list.bytes(0, as_bytes(ssid)); });
    state.scan_ended = false;
    auto begun = state.conversation->exchange(scan, "scan", state.interface);
    if (begun) {
      auto ended = co_await state.wait_for([&state] { return state.scan_ended; }, kScanLimit,
                                           "the scan does not end");
      if (!ended) {
        co_return ended.error();
      }
    } else if (auto slept = co_await sleep_for(kBusy); !slept) {  // another scan, or going down
      co_return slept.error();
    }
    if (!state.conversation) {
      break;
    }
    auto found = scanned(state, bssid);
    if (!found) {
      co_return found.error();
    }
    if (*found) {
      co_return std::move(**found);
    }
  } while (std::chrono::steady_clock::now() < deadline);
  co_return Error{Fault::timeout, fmt::format("no BSS {} was found", to_string(bssid)),
                  state.interface};
}

}  // namespace postassoc
