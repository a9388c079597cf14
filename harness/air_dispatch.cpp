#include <algorithm>

#include "harness/air_reader.h"
#include "harness/frames/link_header.h"
#include "harness/frames/msdu.h"

namespace postassoc {
namespace {

constexpr std::size_t kMostEarlier = 256;
/// Whether an unprotected data frame carries EAPOL: a glance at its LLC/SNAP, or all of an A-MSDU.
bool carries_eapol(const Dot11& dot11) {
  if (!dot11.is_data() || dot11.is_null_data() || dot11.protected_frame) {
    return false;
  }
  if (!dot11.qos_control || !dot11.qos_control->amsdu_present()) {
    return dot11.body.size() >= 8 && dot11.body[6] == std::byte{0x88} &&
           dot11.body[7] == std::byte{0x8e} && dot11.body[0] == std::byte{0xaa};
  }
  const auto msdus = parse_msdus(dot11, dot11.body);
  return msdus && std::any_of(msdus->begin(), msdus->end(),
                              [](const Msdu& msdu) { return msdu.ethertype == kEthertypeEapol; });
}

/// Who is the access point where To DS and From DS do not say: who sends Key Ack, or EAP requests.
bool sent_by_access_point(ByteView payload) {
  const auto eapol = parse_eapol(payload);
  if (!eapol) {
    return false;
  }
  if (eapol->type == kEapolKey) {
    const auto key = parse_eapol_key(*eapol);
    return key && key->key_ack();
  }
  const auto code = eapol->type == kEapolEapPacket && !eapol->body().empty()
                        ? std::to_integer<unsigned>(eapol->body()[0])
                        : 0U;
  return code == 1 || code == 3 || code == 4;  // EAP Request, Success, Failure (RFC 3748, 4)
}

}  // namespace

FrameClass AirReader::frame(const CapturedFrame& captured, Timestamp time) {
  return is_of_a_netdev(link_type_) ? netdev_frame(captured, time) : dot11_frame(captured, time);
}

FrameClass AirReader::dot11_frame(const CapturedFrame& captured, Timestamp time) {
  const auto link = parse_link_header(link_type_, captured.data);
  if (!link) {
    return FrameClass::bad_link_header;
  }
  if (link->bad_fcs) {
    return FrameClass::bad_fcs;
  }
  const ByteView bytes = captured.data.subspan(link->length);
  const unsigned version = bytes.empty() ? 0 : std::to_integer<unsigned>(bytes[0]) & 3U;
  if (version != 0) {
    return version == 1 ? FrameClass::protocol_version_1 : FrameClass::other_version;
  }
  const bool whole = captured.original_length <= captured.data.size();
  const bool has_fcs = link->has_fcs && whole;
  const auto dot11 = parse_dot11(bytes, has_fcs, link->data_pad);
  if (!dot11) {
    return FrameClass::cut_header;
  }
  if (dot11->is_control()) {
    if (dot11->is_ack()) {
      acknowledge(dot11->ra, time);
    }
    return FrameClass::control;
  }
  if (!dot11->ta) {
    return FrameClass::bystander;
  }
  // What a rig recorded comes of one sniffer: there it was sent twice.
  if (!only_pinned_ &&
      heard_twice_.again(*dot11, bytes.first(bytes.size() - (has_fcs ? 4 : 0)), time)) {
    return FrameClass::heard_twice;
  }
  return transmission(captured, time, *dot11, whole);
}

FrameClass AirReader::transmission(const CapturedFrame& captured, Timestamp time,
                                   const Dot11& dot11, bool whole) {
  if (dot11.is_beacon() || dot11.is_probe_response()) {
    return beacon(dot11, time);
  }
  if (dot11.is_probe_request()) {
    count_station(*dot11.ta);
    return FrameClass::network;
  }
  return dot11.ra.is_group() ? give_group(captured, time, dot11, whole)
                             : give(captured, time, dot11, whole);
}

FrameClass AirReader::beacon(const Dot11& dot11, Timestamp time) {
  AirBss* bss = known_bss(*dot11.ta);
  if (bss == nullptr && bsses_.size() >= SurveySummary::kMaxBsses) {
    ++summary_.bsses_not_kept;
    return FrameClass::network;
  }
  if (const auto heard = parse_beacon(dot11.body)) {
    bss = bss != nullptr ? bss : &bss_of(*dot11.ta);
    bss->take(*heard, dot11.is_beacon(), time);
  }
  return FrameClass::network;
}

FrameClass AirReader::give(const CapturedFrame& captured, Timestamp time, const Dot11& dot11,
                           bool whole) {
  const PairKey key = key_of(*dot11.ta, dot11.ra);
  auto entry = find(key);
  if (entry == entries_.end() && !only_pinned_) {
    entry = begin_pair(captured.number, time, dot11);
  }
  if (entry == entries_.end()) {
    return give_foreign(captured, time, dot11);
  }
  AirPair& pair = *entry->pair;
  const bool from_access_point = *dot11.ta == pair.bss().bssid;
  pair.see(captured.number, time, dot11, true, whole);
  await_ack(dot11, &pair,
            from_access_point ? Direction::from_access_point : Direction::from_station, 0, time);
  used(entry);
  return FrameClass::followed;
}

/// Of nobody who is followed. Of a pinned one to somebody else, and of a stranger to a pinned
/// station, tags matter.
FrameClass AirReader::give_foreign(const CapturedFrame& captured, Timestamp time,
                                   const Dot11& dot11) {
  if (only_pinned_) {
    for (Entry& entry : entries_) {
      AirPair& pair = *entry.pair;
      const bool from_access_point = *dot11.ta == pair.bss().bssid;
      const bool to_station = dot11.ra == pair.station();
      if (from_access_point || to_station || *dot11.ta == pair.station()) {
        pair.see(captured.number, time, dot11, false, true);
        await_ack(dot11, &pair,
                  from_access_point ? Direction::from_access_point : Direction::from_station, 0,
                  time);
        break;
      }
    }
    return FrameClass::bystander;
  }
  const auto bssid = dot11.bssid();
  if (bssid) {
    count_station(*dot11.ta == *bssid ? dot11.ra : *dot11.ta);
  }
  return FrameClass::bystander;
}

FrameClass AirReader::give_group(const CapturedFrame& captured, Timestamp time, const Dot11& dot11,
                                 bool whole) {
  AirBss* bss = known_bss(*dot11.ta);
  if (bss == nullptr || bss->listeners.empty()) {
    return give_foreign(captured, time, dot11);
  }
  for (AirPair* pair : bss->listeners) {
    pair->see(captured.number, time, dot11, true, whole);
  }
  await_ack(dot11, nullptr, Direction::from_access_point, 0, time);
  return FrameClass::followed;
}

void AirReader::await_ack(const Dot11& dot11, AirPair* pair, Direction direction,
                          std::uint64_t earlier, Timestamp time) {
  for (AwaitingAck& awaiting : awaiting_) {
    if (awaiting.transmitter == *dot11.ta) {
      awaiting = {*dot11.ta, pair, direction, earlier, time};
      return;
    }
  }
  awaiting_[next_awaiting_++ % awaiting_.size()] = {*dot11.ta, pair, direction, earlier, time};
}

void AirReader::acknowledge(const MacAddress& transmitter, Timestamp time) {
  for (AwaitingAck& awaiting : awaiting_) {
    if (awaiting.transmitter != transmitter) {
      continue;
    }
    if (awaiting.pair != nullptr) {
      awaiting.pair->acknowledge(time, awaiting.direction);
    } else if (awaiting.earlier_frame != 0 && time - awaiting.time <= settings_.ack_within) {
      for (Earlier& earlier : earlier_) {
        earlier.frame.acknowledged |= earlier.frame.frame == awaiting.earlier_frame;
      }
    }
    awaiting = {};
    return;
  }
}

bool AirReader::wanted(const MacAddress& bssid, const MacAddress& station) const {
  return !bssid.is_group() && !station.is_group() && bssid != station &&
         (!question_.bssid || *question_.bssid == bssid) &&
         (!question_.station || *question_.station == station);
}

AirReader::Entries::iterator AirReader::begin_pair(std::uint64_t number, Timestamp time,
                                                   const Dot11& dot11) {
  bool from_access_point = dot11.from_ds;
  if (dot11.is_management()) {
    from_access_point = dot11.addr3 == dot11.ta;
    if (auto frame = AirPair::authentication_of(
            number, time, dot11,
            from_access_point ? Direction::from_access_point : Direction::from_station)) {
      if (earlier_.size() >= kMostEarlier) {
        earlier_.pop_front();
      }
      earlier_.push_back({key_of(*dot11.ta, dot11.ra), std::move(*frame)});
      await_ack(dot11, nullptr, Direction::from_station, number, time);
      return entries_.end();
    }
    if (!dot11.is_assoc_request() && !dot11.is_assoc_response()) {
      return entries_.end();
    }
    from_access_point = dot11.is_assoc_response();
  } else if (!carries_eapol(dot11)) {
    return entries_.end();
  } else if (dot11.to_ds == dot11.from_ds) {
    from_access_point =
        sent_by_access_point(dot11.body.subspan(std::min<std::size_t>(8, dot11.body.size())));
  }
  const MacAddress& bssid = from_access_point ? *dot11.ta : dot11.ra;
  const MacAddress& station = from_access_point ? dot11.ra : *dot11.ta;
  return wanted(bssid, station) ? add(bssid, station, false) : entries_.end();
}

FrameClass AirReader::netdev_frame(const CapturedFrame& captured, Timestamp time) {
  const auto msdu = parse_netdev_frame(link_type_, captured.data);
  if (!msdu) {
    return FrameClass::cut_header;
  }
  if (msdu->ethertype != kEthertypeEapol || msdu->da.is_group() || msdu->da == MacAddress{}) {
    return FrameClass::bystander;
  }
  auto entry = find(key_of(msdu->sa, msdu->da));
  if (entry == entries_.end()) {
    const bool from_access_point = sent_by_access_point(msdu->payload);
    const MacAddress& bssid = from_access_point ? msdu->sa : msdu->da;
    const MacAddress& station = from_access_point ? msdu->da : msdu->sa;
    if (only_pinned_ || !wanted(bssid, station)) {
      return FrameClass::bystander;
    }
    entry = add(bssid, station, false);
  }
  AirPair& pair = *entry->pair;
  pair.see_ethernet(
      captured.number, time,
      msdu->sa == pair.bss().bssid ? Direction::from_access_point : Direction::from_station,
      msdu->payload);
  used(entry);
  return FrameClass::followed;
}

}  // namespace postassoc
