#include <cstring>

#include "adapters/ihv/module_host/api.h"
#include "adapters/ihv/module_host/operations.h"

namespace postassoc::module_host {
namespace {

constexpr std::size_t kHeader = 8;        ///< peer and EtherType
constexpr std::size_t kMaxPacket = 2312;  ///< header and the longest MSDU
constexpr ULONG kMaxList = 256;

/// Octets in memory order: "888e" is what a big-endian 0x888e looks like.
std::string memory_text(const void* value) {
  return to_hex(octets_at(value, 2));
}

std::uint16_t big_endian(const void* value) {
  const Octets octets = octets_at(value, 2);
  return static_cast<std::uint16_t>(octets[0] << 8U | octets[1]);
}

struct Outgoing {
  std::uint64_t number;
  HANDLE handle;
  const void* buffer;
  Octets octets;  ///< empty when there is no sound packet
};

Json fields_of(HANDLE service, const Outgoing& packet, ULONG length) {
  Json arguments{{"send", packet.number},
                 {"null_handle", packet.handle == nullptr},
                 {"handle_open", host().sends.is_open(packet.handle)},
                 {"length", length}};
  Json secret = Json::object();
  if (!packet.octets.empty()) {
    arguments["destination"] = to_text(*mac_at(packet.octets.data()));
    arguments["ethertype"] = memory_text(packet.octets.data() + 6);
    secret["data_sha256"] = to_hex(packet.octets);
  }
  Json fields = fields_for(service, std::move(arguments));
  fields["secret"] = std::move(secret);
  return fields;
}

/// Nothing when the packet may leave. Needs Host::mutex.
std::optional<Answer> refuse_packet(HANDLE service, const Outgoing& packet) {
  if (auto refused = refuse_adapter(service)) {
    return refused;
  }
  if (packet.octets.empty()) {
    return refusal(ERROR_INVALID_PARAMETER, "no packet has this length");
  }
  if ((packet.octets[0] & 1U) != 0) {
    return refusal(ERROR_INVALID_PARAMETER, "the destination is a group");
  }
  if (host().sends.is_open(packet.handle)) {
    return refusal(ERROR_INVALID_PARAMETER, "a packet with this handle is in flight");
  }
  const auto& port = host().state.adapter->port;
  if (!port || !port->takes_packets) {
    return refusal(ERROR_INVALID_STATE, "there is no port");
  }
  if (host().has_fault(HostFault::refuses_send_unauthorized) &&
      port->state != PortState::authorized) {
    return refusal(ERROR_INVALID_STATE, "the port is not authorised");
  }
  return std::nullopt;
}

Answer send(HANDLE service, const Outgoing& packet) {
  {
    const std::lock_guard lock(host().mutex);
    if (auto refused = refuse_packet(service, packet)) {
      return *refused;
    }
    if (const auto error = planned_error("Dot11ExtSendPacket")) {
      return {*error, "", Json::object()};
    }
    host().sends.open(packet.number, packet.handle, packet.buffer, packet.octets);
  }
  const Octets payload(packet.octets.begin() + kHeader, packet.octets.end());
  const DWORD error = host().channel.ask({{"what", "SendPacket"},
                                          {"send", packet.number},
                                          {"destination", to_text(*mac_at(packet.octets.data()))},
                                          {"ethertype", memory_text(packet.octets.data() + 6)},
                                          {"data", to_hex(payload)}});
  if (error != ERROR_SUCCESS) {
    host().sends.refused(packet.number);
  }
  return {error, "", Json::object()};
}

std::optional<Answer> refuse_lists(HANDLE service, ULONG exemptions, const void* exemption_list,
                                   ULONG registrations, const void* registration_list) {
  if (auto refused = refuse_adapter(service)) {
    return refused;
  }
  if (exemptions > kMaxList || registrations > kMaxList) {
    return refusal(ERROR_INVALID_PARAMETER, "more entries than the adapter has");
  }
  if ((exemptions != 0 && exemption_list == nullptr) ||
      (registrations != 0 && registration_list == nullptr)) {
    return refusal(ERROR_INVALID_PARAMETER, "a list is missing");
  }
  const Adapter& adapter = *host().state.adapter;
  if (!adapter.initialising && adapter.connection.preparation != Preparation::pending) {
    return refusal(ERROR_INVALID_STATE, "neither in InitAdapter nor in pre-association");
  }
  return std::nullopt;
}

struct Lists {
  EtherTypeHandling handling;
  Json arguments;
};

Lists read_lists(ULONG max_backlog, ULONG exemptions, const DOT11_PRIVACY_EXEMPTION* exemption_list,
                 ULONG registrations, const USHORT* registration_list) {
  Lists lists;
  lists.handling.max_backlog = max_backlog;
  lists.arguments = {{"max_backlog", max_backlog},
                     {"exemptions", Json::array()},
                     {"registrations", Json::array()},
                     {"exemption_count", exemptions},
                     {"registration_count", registrations}};
  for (ULONG i = 0; exemption_list != nullptr && i < std::min(exemptions, kMaxList); ++i) {
    DOT11_PRIVACY_EXEMPTION one;
    std::memcpy(&one, exemption_list + i, sizeof(one));
    lists.handling.exemptions.push_back(
        {big_endian(&one.usEtherType), one.usExemptionActionType, one.usExemptionPacketType});
    lists.arguments["exemptions"].push_back({{"ethertype", memory_text(&one.usEtherType)},
                                             {"action", one.usExemptionActionType},
                                             {"packet_type", one.usExemptionPacketType}});
  }
  for (ULONG i = 0; registration_list != nullptr && i < std::min(registrations, kMaxList); ++i) {
    lists.handling.registrations.push_back(big_endian(registration_list + i));
    lists.arguments["registrations"].push_back(memory_text(registration_list + i));
  }
  return lists;
}

}  // namespace

DWORD WINAPI send_packet(HANDLE service, ULONG length, LPVOID packet, HANDLE handle) {
  const bool sound = packet != nullptr && length > kHeader && length <= kMaxPacket;
  const Outgoing outgoing{host().sends.next_number(), handle, packet,
                          sound ? octets_at(packet, length) : Octets{}};
  const DWORD error = api_call("Dot11ExtSendPacket", fields_of(service, outgoing, length), [&] {
    Answer answer = send(service, outgoing);
    if (answer.error == ERROR_SUCCESS) {
      // not after the return record: whoever waits there must not keep the packet
      host().sends.accepted(outgoing.number);
    }
    return answer;
  });
  return error;
}

DWORD WINAPI set_ethertype_handling(HANDLE service, ULONG max_backlog, ULONG exemptions,
                                    PDOT11_PRIVACY_EXEMPTION exemption_list, ULONG registrations,
                                    USHORT* registration_list) {
  const Lists lists =
      read_lists(max_backlog, exemptions, exemption_list, registrations, registration_list);
  return api_call("Dot11ExtSetEtherTypeHandling", fields_for(service, lists.arguments),
                  [&]() -> Answer {
                    const std::lock_guard lock(host().mutex);
                    if (auto refused = refuse_lists(service, exemptions, exemption_list,
                                                    registrations, registration_list)) {
                      return *refused;
                    }
                    host().state.adapter->handling = lists.handling;
                    return {};
                  });
}

}  // namespace postassoc::module_host
