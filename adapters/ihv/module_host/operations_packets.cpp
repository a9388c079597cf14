#include <algorithm>
#include <atomic>
#include <cstring>
#include <semaphore>

#include "adapters/ihv/module_host/handler_call.h"
#include "adapters/ihv/module_host/operations.h"

namespace postassoc::module_host {
namespace {

constexpr std::size_t kMaxPayload = 2304;
constexpr std::chrono::milliseconds kTogether{300};

std::string ethertype_text(std::uint16_t ethertype) {
  const std::uint8_t octets[] = {static_cast<std::uint8_t>(ethertype >> 8U),
                                 static_cast<std::uint8_t>(ethertype)};
  return to_hex(octets);
}

void write_event(const char* event, const ReceivedPacket& packet, const char* why,
                 bool is_protected) {
  Json fields{{"packet", packet.number},
              {"ethertype", ethertype_text(packet.ethertype)},
              {"protected", is_protected},
              {"secret", {{"data_sha256", to_hex(packet.payload)}}}};
  if (why != nullptr) {
    fields["why"] = why;
  }
  host().recorder.event(event, std::move(fields));
}

/// Why privacy forbids a unicast frame (contract, EtherType handling), or nullptr. Needs
/// Host::mutex.
const char* privacy(const Adapter& adapter, const ReceivedPacket& packet, bool is_protected) {
  for (const auto& exemption : adapter.handling.exemptions) {
    if (exemption.ethertype != packet.ethertype ||
        (exemption.packets & DOT11_EXEMPT_UNICAST) == 0) {
      continue;
    }
    if (exemption.action == DOT11_EXEMPT_ALWAYS) {
      return is_protected ? "exemption" : nullptr;
    }
    const bool has_key = adapter.mapping_keys.contains(packet.peer);
    return !is_protected && has_key ? "exemption" : nullptr;
  }
  return adapter.exclude_unencrypted && !is_protected ? "unencrypted" : nullptr;
}

/// Why the frame is not for the module, or nullptr.
const char* reason_to_drop(const ReceivedPacket& packet, bool is_protected) {
  const std::lock_guard lock(host().mutex);
  const auto& adapter = host().state.adapter;
  if (!adapter || !adapter->port || !adapter->port->takes_packets) {
    return "no port";
  }
  if (std::ranges::count(adapter->handling.registrations, packet.ethertype) == 0) {
    return "unregistered";
  }
  return host().has_fault(HostFault::ignores_exemptions) ? nullptr
                                                         : privacy(*adapter, packet, is_protected);
}

/// Peer, EtherType, payload.
Octets buffer_of(const ReceivedPacket& packet) {
  Octets buffer(packet.peer.begin(), packet.peer.end());
  buffer.push_back(static_cast<std::uint8_t>(packet.ethertype >> 8U));
  buffer.push_back(static_cast<std::uint8_t>(packet.ethertype));
  buffer.insert(buffer.end(), packet.payload.begin(), packet.payload.end());
  return buffer;
}

/// `before` runs when the begin record is written.
template <class Before>
void indicate(const ReceivedPacket& packet, const Before& before) {
  HANDLE handle = nullptr;
  Json fields{{"arguments",
               {{"packet", packet.number},
                {"peer", to_text(packet.peer)},
                {"ethertype", ethertype_text(packet.ethertype)},
                {"length", packet.payload.size() + 8}}},
              {"secret", {{"data_sha256", to_hex(packet.payload)}}}};
  {
    const std::lock_guard lock(host().mutex);
    const auto& adapter = host().state.adapter;
    if (!adapter || !adapter->port || adapter->port->stopping || adapter->port->was_reset) {
      return;
    }
    handle = adapter->module_handle;
    fields["adapter"] = adapter->number;
    fields["session"] = adapter->port->session;
  }
  Octets buffer = buffer_of(packet);
  const Handled handled = handler_call(
      "Dot11ExtIhvReceivePacket", std::move(fields), before,
      [&] {
        return host().handlers.Dot11ExtIhvReceivePacket(handle, static_cast<DWORD>(buffer.size()),
                                                        buffer.data());
      },
      [] { return Json::object(); });
  poison(handled.call, std::move(buffer));
}

void indicate(const ReceivedPacket& packet) {
  indicate(packet, [] {});
}

/// The same packet on two threads, each begun before the other is called.
void indicate_twice_at_once(const ReceivedPacket& packet) {
  std::counting_semaphore<2> first_begun(0);
  std::counting_semaphore<2> second_begun(0);
  std::binary_semaphore second_done(0);
  host().user.post([&] {
    indicate(packet, [&] {
      second_begun.release();
      (void)first_begun.try_acquire_for(kTogether);
    });
    second_done.release();
  });
  indicate(packet, [&] {
    first_begun.release();
    (void)second_begun.try_acquire_for(kTogether);
  });
  second_done.acquire();
}

/// The faults of the receive path, on the first packet; whether the packet was dealt with.
bool faulty_indication(const ReceivedPacket& packet) {
  static bool first = true;
  static std::optional<ReceivedPacket> held;
  const bool is_first = std::exchange(first, false);
  if (held) {
    indicate(packet);
    indicate(*std::exchange(held, std::nullopt));
    return true;
  }
  if (!is_first) {
    return false;
  }
  if (host().has_fault(HostFault::reorder_receive)) {
    held = packet;
    return true;
  }
  if (host().has_fault(HostFault::overlap_receive)) {
    indicate_twice_at_once(packet);
    return true;
  }
  if (host().has_fault(HostFault::unregistered_indicated)) {
    ReceivedPacket made_up = packet;
    made_up.ethertype = 0x88c7;  // pre-authentication
    indicate(made_up);
  }
  return false;
}

/// On Host::receive.
void indicate_next() {
  host().wait_until_performed();
  const auto packet = host().packets.take();
  if (!packet) {
    return;
  }
  if (host().fault == HostFault::none || !faulty_indication(*packet)) {
    indicate(*packet);
  }
  host().packets.done();
}

/// What the faults of the send path make of a completion: how often it comes.
int completions() {
  static std::atomic<bool> first{true};
  if (!first.exchange(false)) {
    return 1;
  }
  if (host().has_fault(HostFault::lost_send_completion)) {
    return 0;
  }
  return host().has_fault(HostFault::double_send_completion) ? 2 : 1;
}

}  // namespace

Json receive_packet(const Json& command) {
  static std::atomic<std::uint64_t> last{0};
  const Octets ethertype = octets_of(command, "ethertype");
  ReceivedPacket packet{++last, mac_of(command, "peer"), 0, octets_of(command, "data")};
  if (ethertype.size() != 2 || packet.payload.empty() || packet.payload.size() > kMaxPayload) {
    return not_done("no frame is like this");
  }
  packet.ethertype = static_cast<std::uint16_t>(ethertype[0] << 8U | ethertype[1]);
  const bool is_protected = flag_of(command, "protected");
  if (const char* why = reason_to_drop(packet, is_protected); why != nullptr) {
    write_event("ihv_packet_dropped", packet, why, is_protected);
    return {{"error", ERROR_SUCCESS}};
  }
  write_event("ihv_packet_queued", packet, nullptr, is_protected);
  std::uint32_t max_backlog = 0;
  {
    const std::lock_guard lock(host().mutex);
    max_backlog = host().state.adapter ? host().state.adapter->handling.max_backlog : 0;
  }
  const bool drop_newest = host().has_fault(HostFault::drop_newest);
  if (const auto dropped = host().packets.push(std::move(packet), max_backlog, drop_newest)) {
    write_event("ihv_packet_dropped", *dropped, "backlog", is_protected);
  }
  host().receive.post(indicate_next);
  return {{"error", ERROR_SUCCESS}};
}

void drop_received() {
  for (const ReceivedPacket& packet : host().packets.clear()) {
    write_event("ihv_packet_dropped", packet, "no port", false);
  }
}

void complete_send(std::uint64_t number) {
  if (!host().sends.in_flight(number)) {
    return;
  }
  const auto packet = host().sends.take(number, host().options.send_completion_delay_ms);
  if (!packet || host().handlers.Dot11ExtIhvSendPacketCompletion == nullptr) {
    return;
  }
  const Json arguments{{"send", number}, {"buffer_changed", packet->buffer_changed}};
  for (int left = completions(); left > 0; --left) {
    handler_call("Dot11ExtIhvSendPacketCompletion", {{"arguments", arguments}},
                 [&] { return host().handlers.Dot11ExtIhvSendPacketCompletion(packet->handle); });
  }
}

}  // namespace postassoc::module_host
