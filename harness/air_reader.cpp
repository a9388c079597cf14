#include "harness/air_reader.h"

#include <algorithm>

namespace postassoc {
namespace {

constexpr std::size_t kMemory = 32U << 20U;  ///< octets that all pairs together may hold, about
constexpr std::size_t kMostStrangers = 1024;
constexpr std::size_t kMostListeners = 128;

std::uint64_t number_of(const MacAddress& address) {
  std::uint64_t number = 0;
  for (const std::uint8_t octet : address.octets) {
    number = number << 8 | octet;
  }
  return number;
}

std::uint64_t mix(std::uint64_t value) {
  value = (value ^ value >> 33) * 0xff51afd7ed558ccdULL;
  return value ^ value >> 29;
}

}  // namespace

std::size_t AirReader::PairKeyHash::operator()(const PairKey& key) const {
  return mix(key.lower * 0x9e3779b97f4a7c15ULL + key.higher);
}

AirReader::PairKey AirReader::key_of(const MacAddress& one, const MacAddress& other) {
  const std::uint64_t a = number_of(one);
  const std::uint64_t b = number_of(other);
  return {std::min(a, b), std::max(a, b)};
}

AirReader::AirReader(const SurveyQuestion& question, AirSink sink)
    : question_(question), sink_(std::move(sink)) {
  settings_.candidates = PmkCandidates(question.secrets);
  settings_.decrypt = question.decrypt;
  settings_.tag_nonce = question.tag_nonce;
  settings_.kept_plaintext = question.kept_plaintext;
  settings_.ack_within = question.ack_within;
}

AirReader::~AirReader() = default;

void AirReader::pin(const MacAddress& bssid, const MacAddress& station) {
  only_pinned_ = true;
  add(bssid, station, true);
}

AirBss* AirReader::known_bss(const MacAddress& bssid) {
  const auto found = bsses_.find(number_of(bssid));
  return found == bsses_.end() ? nullptr : found->second.get();
}

AirBss& AirReader::bss_of(const MacAddress& bssid) {
  auto& bss = bsses_[number_of(bssid)];
  if (!bss) {
    bss = std::make_unique<AirBss>();
    bss->bssid = bssid;
    bss->place = ++bsses_seen_;
  }
  return *bss;
}

AirReader::Entries::iterator AirReader::find(const PairKey& key) {
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? entries_.end() : found->second;
}

AirReader::Entries::iterator AirReader::add(const MacAddress& bssid, const MacAddress& station,
                                            bool pinned) {
  const PairKey key = key_of(bssid, station);
  AirBss& bss = bss_of(bssid);
  settings_.link = is_of_a_netdev(link_type_) ? AirLink::ethernet : AirLink::ieee80211;
  Entries& list = pinned ? entries_ : strangers_;
  list.push_front({key,
                   std::make_unique<AirPair>(settings_, bss, station,
                                             [this](Air&& air) { deliver(std::move(air)); }),
                   0, pinned, pinned});
  const auto entry = list.begin();
  by_key_[key] = entry;
  ++bss.pairs;
  if (bss.listeners.size() < kMostListeners) {
    bss.listeners.push_back(entry->pair.get());
  } else {
    entry->pair->leave_out_group_frames();
  }
  const std::size_t share = kMemory / 2 / (entries_.size() + 1) / sizeof(AirProtected);
  settings_.fold_at = std::clamp(share, kFoldAtLeast, kFoldAt);
  count_station(station);
  for (Earlier& earlier : earlier_) {
    if (earlier.key == key) {
      entry->pair->take_earlier(std::move(earlier.frame));
    }
  }
  std::erase_if(earlier_, [&](const Earlier& earlier) { return earlier.key == key; });
  return entry;
}

void AirReader::used(Entries::iterator entry) {
  const std::size_t now = entry->pair->footprint();
  footprint_ += now - entry->footprint;
  entry->footprint = now;
  if (!entry->answered && entry->pair->answered()) {
    entry->answered = true;
    entries_.splice(entries_.begin(), strangers_, entry);
  } else {
    Entries& list = entry->answered ? entries_ : strangers_;
    list.splice(list.begin(), list, entry);
  }
  if (footprint_ > kMemory || strangers_.size() > kMostStrangers) {
    make_room();
  }
}

/// Strangers go without a trace but a count; of the others, what is known goes to the sink.
void AirReader::make_room() {
  while (strangers_.size() > kMostStrangers) {
    ++summary_.stations_given_up;
    giving_up_ = true;
    drop(std::prev(strangers_.end()), true);
    giving_up_ = false;
  }
  while (footprint_ > kMemory && entries_.size() > 1) {
    auto oldest = std::prev(entries_.end());
    if (oldest->pinned) {
      return;
    }
    drop(oldest, true);
  }
}

void AirReader::drop(Entries::iterator entry, bool cut) {
  AirPair* pair = entry->pair.get();
  pair->finish(cut);
  AirBss& bss = pair->bss();
  std::erase(bss.listeners, pair);
  const bool forgotten = --bss.pairs == 0 && bss.beacons == 0 && bss.ssid.empty();
  const std::uint64_t bssid = number_of(bss.bssid);
  for (AwaitingAck& awaiting : awaiting_) {
    if (awaiting.pair == pair) {
      awaiting = {};
    }
  }
  footprint_ -= entry->footprint;
  by_key_.erase(entry->key);
  (entry->answered ? entries_ : strangers_).erase(entry);
  if (forgotten) {  // made up, as far as anybody can tell
    bsses_.erase(bssid);
  }
}

void AirReader::count_station(const MacAddress& address) {
  if (!address.is_group() && stations_.size() < SurveySummary::kMaxStations) {
    stations_.insert(number_of(address));
  }
}

/// Gives the sink what it asked for.
void AirReader::deliver(Air&& air) {
  if (giving_up_ || enough_ || (air.associations.empty() && !only_pinned_)) {
    return;
  }
  if (!air.associations.empty()) {
    if (question_.ssid && air.associations.front().ssid != *question_.ssid) {
      ++summary_.associations_of_other_ssids;
      return;
    }
    ++summary_.associations;
    summary_.associations_cut += air.quality.cut_association ? 1 : 0;
  }
  air.quality.frames = summary_.frames;
  air.quality.bad_fcs = summary_.of(FrameClass::bad_fcs).frames;
  air.quality.undecodable = summary_.of(FrameClass::bad_link_header).frames +
                            summary_.of(FrameClass::cut_header).frames +
                            summary_.of(FrameClass::other_version).frames;
  air.quality.clock_backsteps = summary_.clock_back.frames;
  air.quality.truncated = summary_.truncated.has_value();
  enough_ = !sink_(std::move(air));
}

void AirReader::count(FrameClass which, const CapturedFrame& captured) {
  SurveySummary::Count& counted = summary_.classes[static_cast<std::size_t>(which)];
  counted.first_frame = counted.frames++ == 0 ? captured.number : counted.first_frame;
}

Result<SurveySummary> AirReader::read(const std::filesystem::path& file) {
  std::error_code ignored;
  const auto size = std::filesystem::file_size(file, ignored);
  auto capture = CaptureFile::open(file);
  if (!capture) {
    return capture.error();
  }
  link_type_ = capture->link_type();
  summary_.link_type = link_type_;
  const auto note = [](SurveySummary::Count& counted, std::uint64_t number) {
    counted.first_frame = counted.frames++ == 0 ? number : counted.first_frame;
  };
  while (!enough_) {
    const auto next = capture->next();
    if (!next && summary_.frames == 0) {
      return next.error();
    }
    if (!next || !*next) {
      summary_.truncated = next ? capture->truncated() : std::optional(next.error().what);
      break;
    }
    const CapturedFrame& captured = **next;
    ++summary_.frames;
    summary_.bytes += captured.data.size();
    if (captured.original_length > captured.data.size()) {
      note(summary_.cut_short, captured.number);
    }
    if (summary_.last_stamp && captured.time < *summary_.last_stamp) {
      note(summary_.clock_back, captured.number);
    }
    summary_.first_stamp = summary_.first_stamp.value_or(captured.time);
    summary_.last_stamp = captured.time;
    count(frame(captured, captured.time - question_.realtime_offset), captured);
  }
  const auto size_now = std::filesystem::file_size(file, ignored);
  summary_.still_growing = !ignored && size_now > size;
  finish();
  return summary_;
}

/// Hands over the associations that are still there, in the order in which they began.
void AirReader::finish() {
  std::vector<Entries::iterator> rest;
  for (Entries* list : {&entries_, &strangers_}) {
    for (auto entry = list->begin(); entry != list->end(); ++entry) {
      rest.push_back(entry);
    }
  }
  std::sort(rest.begin(), rest.end(), [](const auto& a, const auto& b) {
    return a->pair->first_frame() < b->pair->first_frame();
  });
  for (const auto entry : rest) {
    drop(entry, false);
  }
  std::vector<const AirBss*> bsses;
  for (const auto& [number, bss] : bsses_) {
    bsses.push_back(bss.get());
  }
  std::sort(bsses.begin(), bsses.end(),
            [](const AirBss* a, const AirBss* b) { return a->place < b->place; });
  for (const AirBss* bss : bsses) {
    if (bss->beacons > 0 || !bss->ssid.empty()) {
      summary_.bsses.push_back({bss->bssid, bss->ssid, bss->rsne, bss->rsnxe, bss->beacons,
                                bss->first_beacon, bss->last_beacon, bss->interval_tu});
    }
  }
  summary_.stations = stations_.size();
}

}  // namespace postassoc
