#include "harness/air_pair.h"

#include <algorithm>

#include "harness/air_suites.h"
#include "harness/air_tags.h"

namespace postassoc {
namespace {

constexpr std::size_t kMostTags = 65536;
constexpr std::size_t kFootprintOfPair = 4096;

std::size_t index_of(Direction direction) {
  return static_cast<std::size_t>(direction);
}

}  // namespace

AirPair::AirPair(AirPairSettings& settings, AirBss& bss, const MacAddress& station, Deliver deliver)
    : settings_(&settings),
      bss_(&bss),
      station_(station),
      deliver_(std::move(deliver)),
      meter_(air_.quality),
      footprint_(kFootprintOfPair) {
  air_.link = settings.link;
  beacons_before_ = {bss.beacons, bss.last_beacon};
}

std::size_t AirPair::footprint() const {
  std::size_t octets = footprint_;
  if (const Association* association = current()) {
    const bool plaintexts = settings_->decrypt == Decrypt::all;
    const std::size_t plaintext = plaintexts ? settings_->kept_plaintext : 0;
    octets += association->protected_data.capacity() * (sizeof(AirProtected) + plaintext) +
              association->folded.numbers.footprint();
  }
  return octets;
}

bool AirPair::answered() const {
  const Association* association = current();
  return association != nullptr && (association->response_frame || !association->eapol.empty());
}

void AirPair::see(std::uint64_t number, Timestamp time, const Dot11& dot11, bool of_pair,
                  bool whole) {
  const Direction direction =
      dot11.ta == bss_->bssid ? Direction::from_access_point : Direction::from_station;
  const Frame frame{number, time, direction, of_pair, whole, dot11};
  awaiting_ack_[index_of(direction)].reset();
  if (dot11.is_management() && of_pair) {
    management(frame);
  } else if (dot11.is_data() && !dot11.is_null_data()) {
    data(frame);
  }
}

void AirPair::see_ethernet(std::uint64_t number, Timestamp time, Direction direction,
                           ByteView payload) {
  Dot11 dot11;
  dot11.type = FrameType::data;
  const bool from_access_point = direction == Direction::from_access_point;
  dot11.ra = from_access_point ? station_ : bss_->bssid;
  dot11.ta = from_access_point ? bss_->bssid : station_;
  dot11.sequence_number = ethernet_sequence_++;
  eapol({number, time, direction, true, true, dot11}, payload);
}

void AirPair::begin(const Frame& frame) {
  if (Association* previous = current()) {
    if (!previous->end_frame) {
      previous->end_frame = frame.number;
      previous->end_time = frame.time;
      previous->ended_by = frame.direction;
    }
    deliver();
  }
  Association& association = air_.associations.emplace_back();
  association.bssid = bss_->bssid;
  association.station = station_;
  association.ssid = bss_->ssid;
  association.management = std::move(earlier_);
  earlier_.clear();
  take_beacon(association);
  session_.emplace(settings_->candidates);
  if (bss_->mdid) {
    session_->set_mdid(*bss_->mdid);
  }
  streams_ = {};
  last_eapol_ = {};
  awaiting_ack_ = {};
  request_sequence_.reset();
  meter_.restart_sequences();
}

/// Hands over the association with the quality of its time.
void AirPair::deliver() {
  if (Association* association = current()) {
    take_beacon(*association);
  }
  AirQuality& quality = air_.quality;
  const BeaconMark until = beacons_at_end_.value_or(BeaconMark{bss_->beacons, bss_->last_beacon});
  quality.beacons = until.count - beacons_before_.count;
  const bool from_before = beacons_before_.last && quality.beacons > 0;
  if (quality.beacons > 0) {
    quality.first_beacon = from_before ? beacons_before_.last : bss_->first_beacon;
    quality.last_beacon = until.last;
    const auto seen = quality.beacons + (from_before ? 1 : 0);
    quality.beacons_expected =
        beacons_expected(seen, *quality.last_beacon - *quality.first_beacon, bss_->interval_tu);
    quality.beacons = seen;
  }
  Air whole;
  whole.link = air_.link;
  std::swap(whole, air_);
  beacons_before_ = {bss_->beacons, bss_->last_beacon};
  beacons_at_end_.reset();
  awaiting_ack_ = {};
  footprint_ = kFootprintOfPair;
  eapol_octets_ = 0;
  deliver_(std::move(whole));
}

void AirPair::finish(bool cut) {
  Association* association = current();
  if (association != nullptr) {
    air_.quality.cut_association = cut && !association->end_frame;
    for (AirManagement& frame : earlier_) {
      keep_management(std::move(frame));
    }
    earlier_.clear();
  }
  deliver();
}

/// Of the BSS, what is known of it before the association; else the latest.
void AirPair::take_beacon(Association& association) {
  if (association.ssid.empty()) {
    association.ssid = bss_->ssid;
  }
  if (association.beacon_rsne.empty() && !bss_->rsne.empty()) {
    association.beacon_rsne = bss_->rsne;
    association.beacon_rsnxe = bss_->rsnxe;
    if (!association.suites || !association.rsne.empty()) {
      association.suites = select_suites(association, {});
    }
  }
}

Association* AirPair::association_of(const Frame& frame) {
  Association* last = frame.of_pair ? current() : nullptr;
  return last != nullptr && frame.dot11.ra.is_group() && last->end_frame ? nullptr : last;
}

void AirPair::tag(const Frame& frame, ByteView body) {
  if (settings_->tag_nonce.empty()) {
    return;
  }
  for (std::string& found : find_tags(body, settings_->tag_nonce)) {
    if (air_.tagged.size() < kMostTags) {
      air_.tagged.push_back({frame.number, frame.time, std::move(found),
                             frame.dot11.protected_frame, false,
                             frame.direction == Direction::from_access_point, frame.dot11.retry});
    }
  }
}

AirPair::AwaitingAck& AirPair::await_ack(const Frame& frame) {
  auto& awaiting = awaiting_ack_[index_of(frame.direction)];
  awaiting.emplace();
  awaiting->time = frame.time;
  return *awaiting;
}

void AirPair::acknowledge(Timestamp time, Direction direction) {
  auto& awaiting = awaiting_ack_[index_of(direction)];
  if (awaiting && time - awaiting->time <= settings_->ack_within) {
    for (std::size_t i = awaiting->tagged_begin; i < awaiting->tagged_end; ++i) {
      air_.tagged[i].acknowledged = true;
    }
    if (awaiting->earlier && *awaiting->earlier < earlier_.size()) {
      earlier_[*awaiting->earlier].acknowledged = true;
    }
    if (Association* association = current()) {
      for (std::size_t i = awaiting->plain_begin; i < awaiting->plain_end; ++i) {
        association->plain_data[i].acknowledged = true;
      }
      if (awaiting->eapol) {
        association->eapol[*awaiting->eapol].acknowledged = true;
      }
      if (awaiting->management) {
        association->management[*awaiting->management].acknowledged = true;
      }
    }
  }
  awaiting.reset();
}

}  // namespace postassoc
