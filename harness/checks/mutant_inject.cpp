#include "harness/checks/mutant_inject.h"

#include <algorithm>

#include "harness/checks/kernel_events.h"
#include "harness/checks/mutant_tools.h"
#include "harness/frames/dot11.h"

namespace postassoc::checks {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr milliseconds kApart{3};
constexpr microseconds kToTheAir{200};

/// Calls `visit` with every frame number of the air capture and, where it has one, its time.
template <class Visit>
void for_each_number(Air& air, Visit visit) {
  const auto all = [&](auto& frames) {
    for (auto& frame : frames) {
      visit(frame.frame, std::optional(frame.time));
    }
  };
  const auto one = [&](std::optional<std::uint64_t>& number, std::optional<Timestamp> time) {
    if (number) {
      visit(*number, time);
    }
  };
  for (Association& association : air.associations) {
    all(association.management);
    all(association.eapol);
    all(association.protected_data);
    all(association.plain_data);
    one(association.request_frame, association.request_time);
    one(association.response_frame, association.response_time);
    one(association.end_frame, association.end_time);
  }
  all(air.tagged);
}

/// The mark at the end of a capture counts one frame more.
void count_received(EvidenceEditor& b, std::string_view file, std::int64_t more) {
  for (Event& e : b.events) {
    if (e.name == "capture_drained" && text(e, "file") == file && e.detail.contains("received")) {
      e.detail["received"] = number(e, "received").value_or(0) + more;
    }
  }
}

std::string next_tag(const EvidenceEditor& b) {
  const auto used = std::count_if(b.events.begin(), b.events.end(),
                                  [](const Event& e) { return e.detail.contains("tag"); });
  return "pa:" + b.evidence.plan.tag_nonce + ":" + std::to_string(10000 + used) + ";";
}

/// The association that is under way at a time; null before the first.
Association* association_at(Air& air, Timestamp time) {
  Association* at = nullptr;
  for (Association& association : air.associations) {
    if (association.request_time.value_or(Timestamp::min()) <= time) {
      at = &association;
    }
  }
  return at;
}

template <class Frame>
void insert_in_order(std::vector<Frame>& frames, Frame frame) {
  const auto at = std::upper_bound(frames.begin(), frames.end(), frame,
                                   [](const auto& a, const auto& b) { return a.frame < b.frame; });
  frames.insert(at, std::move(frame));
}

void eapol_on_air(EvidenceEditor& b, const Slot& slot) {
  Association* association = association_at(b.evidence.air, slot.time);
  if (association == nullptr || association->eapol.empty()) {
    return;
  }
  AirEapol frame;
  frame.frame = slot.frame;
  frame.time = slot.time + kToTheAir;
  frame.direction = Direction::from_access_point;
  frame.acknowledged = true;
  frame.unknown_reason = "not an EAPOL-Key frame";
  frame.eapol = {1, 3, 4, from_hex("0103000470617061").value()};
  b.insert_eapol(association->eapol.front(), std::move(frame));
  b.add(slot.time + 2 * kToTheAir, Witness::kernel, Side::station, "cfg80211_rx_control_port",
        {{"unencrypted", true}});
}

void management_on_air(EvidenceEditor& b, const Slot& slot, const Injection& one) {
  AirManagement frame;
  frame.frame = slot.frame;
  frame.time = slot.time + kToTheAir;
  frame.direction = Direction::from_access_point;
  frame.subtype = one.frame == "deauthentication" ? kDeauthentication
                  : one.frame == "disassociation" ? kDisassociation
                                                  : kAction;
  frame.acknowledged = !one.to_group;
  frame.group = one.to_group;
  if (Association* association = association_at(b.evidence.air, slot.time)) {
    insert_in_order(association->management, std::move(frame));
  }
}

void data_on_air(EvidenceEditor& b, const Slot& slot, const Injection& one,
                 const std::string& tag) {
  Injected plain;
  plain.form = one.form;
  Air::Tagged frame;
  frame.frame = slot.frame;
  frame.time = slot.time + kToTheAir;
  frame.tag = tag;
  frame.from_access_point = true;
  frame.acknowledged = !one.to_group;
  plain.on_air = &frame;
  frame.protected_frame = true;
  frame.protected_frame = on_air_as_asked(plain);  // only where the form may be protected
  insert_in_order(b.evidence.air.tagged, frame);
  if (one.control) {
    deliver(b, tag, slot.time + 2 * kToTheAir);
  }
}

bool is_management_frame(const Injection& one) {
  Injected injected;
  injected.frame = one.frame;
  return is_management(injected);
}

}  // namespace

std::vector<Slot> make_room(EvidenceEditor& b, Timestamp at, std::size_t count) {
  std::uint64_t first = b.evidence.air.quality.frames + 1;
  for_each_number(b.evidence.air, [&](std::uint64_t number, std::optional<Timestamp> time) {
    first = time && *time >= at ? std::min(first, number) : first;
  });
  for_each_number(b.evidence.air, [&](std::uint64_t& number, std::optional<Timestamp>) {
    number += number >= first ? count : 0U;
  });
  delay_from(b, at, kApart * static_cast<int>(count));
  b.evidence.air.quality.frames += count;
  count_received(b, evidence_file::kAir, static_cast<std::int64_t>(count));
  std::vector<Slot> slots;
  for (std::size_t i = 0; i < count; ++i) {
    slots.push_back({at + kApart * static_cast<int>(i), first + i});
  }
  return slots;
}

void inject(EvidenceEditor& b, Timestamp at, const std::vector<Injection>& frames) {
  const std::vector<Slot> slots = make_room(b, at, frames.size());
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const Injection& one = frames[i];
    const bool management = is_management_frame(one);
    const std::string tag = management ? "" : next_tag(b);
    nlohmann::json detail = {
        {"frame", one.frame},     {"form", one.form}, {"to_group", one.to_group},
        {"control", one.control}, {"length", 75},     {"tag", tag}};
    if (!one.variant.empty()) {
      detail["variant"] = one.variant;
    }
    b.add(slots[i].time, Witness::harness, Side::none, "injected", std::move(detail));
    if (one.frame == "eapol") {
      eapol_on_air(b, slots[i]);
    } else if (management) {
      management_on_air(b, slots[i], one);
    } else {
      data_on_air(b, slots[i], one, tag);
    }
  }
}

std::vector<Injection> times(std::size_t count, const Injection& one) {
  return std::vector<Injection>(count, one);
}

bool deliver(EvidenceEditor& b, const std::string& tag, Timestamp time) {
  auto& delivered = b.evidence.station_netdev;
  if (b.evidence.missing.contains(std::string(evidence_file::kStationNetdev))) {
    return false;
  }
  NetdevFrame frame;
  frame.da = b.evidence.station;
  frame.sa = b.evidence.bssid;
  frame.ethertype = 0x0800;
  frame.tag = tag;
  frame.time = time;
  const auto at = std::upper_bound(delivered.begin(), delivered.end(), frame,
                                   [](const auto& a, const auto& c) { return a.time < c.time; });
  if (at != delivered.end()) {
    frame.frame = at->frame;
  } else {
    frame.frame = delivered.empty() ? 1 : delivered.back().frame + 1;
  }
  for (auto later = at; later != delivered.end(); ++later) {
    ++later->frame;
  }
  delivered.insert(at, frame);
  count_received(b, evidence_file::kStationNetdev, 1);
  return true;
}

bool deliver_first(EvidenceEditor& b, bool (*which)(const Injected&)) {
  for (const Event& e : b.events) {
    if (e.name != "injected") {
      continue;
    }
    const Injected one = injected_by(e);
    if (!one.control && which(one)) {
      return deliver(b, one.tag, e.time + 2 * kToTheAir);
    }
  }
  return false;
}

std::optional<Timestamp> after_injections(const EvidenceEditor& b) {
  std::optional<Timestamp> last;
  for (const Event& e : b.events) {
    if (e.name == "injected" && (!last || e.time > *last)) {
      last = e.time;
    }
  }
  return last ? std::optional(*last + milliseconds(2)) : std::nullopt;
}

}  // namespace postassoc::checks
