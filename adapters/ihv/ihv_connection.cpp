#include "adapters/ihv/ihv_station_state.h"
#include "harness/channel.h"

// How an IhvStation comes into a network and leaves it.
namespace postassoc {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr auto kPreAssociationLimit = 10s;
constexpr auto kScanLimit = 10s;
constexpr std::uint16_t kReasonLeaving = 3;  // IEEE 802.11, table 9-49
constexpr std::size_t kMostEarlyFrames = 16;

// DOT11_ASSOC_STATUS
constexpr std::uint32_t kSuccess = 0;
constexpr std::uint32_t kFailure = 1;
constexpr std::uint32_t kUnreachable = 2;
constexpr std::uint32_t kByRoaming = 8;
constexpr std::uint32_t kResponse = 0x0003'0000;

std::string hex_of_type(std::uint16_t ethertype) {
  const Bytes bytes = {std::byte(ethertype >> 8), std::byte(ethertype & 0xff)};
  return to_hex(bytes);
}

std::uint32_t number(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_unsigned() ? found->get<std::uint32_t>() : 0;
}

}  // namespace

Task<> IhvStation::State::connect() {
  const std::uint64_t mine = ++attempt;
  pre_associated.reset();
  prepared = true;
  const json& data = scenario.station.ihv.value("data", json::object());
  const bool with_key = data.value("passphrase_in_profile", true);
  json perform = {{"do", "PerformPreAssociate"},
                  {"ssid", to_hex(as_bytes(scenario.access_point.ssid))},
                  {"bssid", to_string(options.bssid)},
                  {"security_xml", security_xml(secrets, with_key)},
                  {"connectivity_xml", "<IHVConnectivity/>"}};
  const auto done = co_await command(std::move(perform));
  if (!done || !done->succeeded()) {
    co_return Result<>{};  // the trace says why
  }
  (void)co_await wait_until([&] { return pre_associated || attempt != mine; },
                            kPreAssociationLimit);
  if (attempt != mine || !pre_associated || number(*pre_associated, "error") != 0) {
    co_return Result<>{};
  }
  algorithms = {number(*pre_associated, "auth"), number(*pre_associated, "unicast"),
                number(*pre_associated, "multicast")};
  co_return co_await join(mine, options.bssid, std::nullopt);
}

Task<> IhvStation::State::join(std::uint64_t mine, MacAddress to, std::optional<MacAddress> from) {
  emit(Witness::ihv, "ihv_association_start", {{"peer", to_string(to)}});
  const auto failed = [&](const Error& error) {
    refused("associate", error);
    emit(Witness::ihv, "ihv_association", {{"peer", to_string(to)}, {"status", kFailure}});
  };
  const auto frequency = frequency_mhz(scenario.access_point.channel);
  if (!frequency) {
    co_return frequency.error();
  }
  auto found = co_await radio->find(scenario.access_point.ssid, to, *frequency, kScanLimit);
  if (attempt != mine) {
    co_return Result<>{};
  }
  auto request = found ? join_request(scenario.access_point, algorithms, *found)
                       : Result<JoinRequest>(found.error());
  if (!request) {
    failed(request.error());
    co_return Result<>{};
  }
  request->previous = from;
  request->control_port_in_clear = eapol_in_clear;
  early.clear();
  auto joined = co_await radio->join(std::move(*request));
  if (attempt != mine) {
    if (radio) {
      (void)radio->leave(kReasonLeaving);
    }
    co_return Result<>{};
  }
  if (!joined) {
    failed(joined.error());
    co_return Result<>{};
  }
  const std::uint32_t status = joined->timed_out     ? kUnreachable
                               : joined->status != 0 ? kResponse | joined->status
                                                     : kSuccess;
  emit(Witness::ihv, "ihv_association", {{"peer", to_string(to)}, {"status", status}});
  if (status == kSuccess) {
    bss = std::move(*found);
    co_return co_await perform_post_associate(*joined, to, from.has_value());
  }
  co_return Result<>{};
}

Task<> IhvStation::State::perform_post_associate(JoinResult joined, MacAddress peer,
                                                 bool reassociation) {
  session = peer;
  port_known = false;
  json perform = {{"do", "PerformPostAssociate"},
                  {"peer", to_string(peer)},
                  {"own", to_string(options.address)},
                  {"reassociation", reassociation},
                  {"assoc_request", to_hex(joined.request)},
                  {"assoc_response", to_hex(joined.response)},
                  {"beacon", to_hex(bss->beacon)},
                  {"auth", algorithms.auth},
                  {"unicast", algorithms.unicast},
                  {"multicast", algorithms.multicast},
                  {"management", ihv_management_cipher(scenario.access_point)}};
  (void)co_await command(std::move(perform));
  co_return Result<>{};
}

void IhvStation::State::receive(const Frame& frame) {
  if (!session || !port_known) {
    if (early.size() < kMostEarlyFrames) {
      early.push_back(frame);
    }
    return;
  }
  post({{"do", "ReceivePacket"},
        {"peer", to_string(frame.from)},
        {"ethertype", hex_of_type(frame.ethertype)},
        {"data", to_hex(frame.payload)},
        {"protected", frame.is_protected}});
}

void IhvStation::State::receive_early() {
  port_known = true;
  for (const Frame& frame : std::exchange(early, {})) {
    receive(frame);
  }
}

void IhvStation::State::complete_sends() {
  for (const auto& [cookie, number_of_send] : std::exchange(sends, {})) {
    post({{"do", "SendPacketCompletion"}, {"send", number_of_send}});
  }
}

Task<> IhvStation::State::finish(std::uint32_t status, std::set<std::string> made) {
  ++attempt;
  ++leaving;
  early.clear();
  const std::optional<MacAddress> peer = std::exchange(session, std::nullopt);
  const bool reset = std::exchange(prepared, false);
  if (bss || peer) {
    const MacAddress left = peer ? *peer : bss->bssid;
    emit(Witness::ihv, "ihv_disassociation", {{"peer", to_string(left)}, {"status", status}});
  }
  bss.reset();
  complete_sends();
  const bool removed = made.contains("DeinitAdapter");
  const auto stop = [&]() -> Task<> {
    if (peer && !removed && !made.contains("StopPostAssociate")) {
      json line = {{"do", "StopPostAssociate"}, {"peer", to_string(*peer)}, {"status", status}};
      (void)co_await command(std::move(line));
    }
    co_return Result<>{};
  };
  const bool stop_last = scenario.station.ihv.value("order", "") == "reset_then_stop";
  if (!stop_last) {
    (void)co_await stop();
  }
  if (reset && adapter && !removed && !made.contains("AdapterReset")) {
    json line = {{"do", "AdapterReset"}};
    (void)co_await command(std::move(line));
  }
  if (stop_last) {
    (void)co_await stop();
  }
  adapter = adapter && !removed;
  --leaving;
  changed.cancel();
  co_return Result<>{};
}

Task<> IhvStation::State::leave(std::uint32_t status, std::set<std::string> made) {
  ++attempt;
  if (radio) {
    if (auto left = radio->leave(kReasonLeaving); !left) {
      refused("leave", left.error());
    }
  }
  co_return co_await finish(status, std::move(made));
}

Task<> IhvStation::State::roam(MacAddress to) {
  const std::uint64_t mine = ++attempt;
  const std::optional<MacAddress> from = std::exchange(session, std::nullopt);
  if (!from) {
    co_return Result<>{};  // there is nothing to come from
  }
  options.bssid = to;
  complete_sends();
  json line = {{"do", "StopPostAssociate"}, {"peer", to_string(*from)}, {"status", kByRoaming}};
  (void)co_await command(std::move(line));
  if (attempt != mine) {
    co_return Result<>{};
  }
  co_return co_await join(mine, to, *from);
}

}  // namespace postassoc
