#include "harness/air.h"

#include <algorithm>

#include "harness/air_quality.h"
#include "harness/air_reader.h"

namespace postassoc {
namespace {

/// Adds what a part of the capture counted.
void add(AirQuality& sum, const AirQuality& part) {
  sum.sequence_gaps += part.sequence_gaps;
  sum.sequence_total += part.sequence_total;
  sum.protected_total += part.protected_total;
  sum.protected_decrypted += part.protected_decrypted;
  sum.protected_assumed += part.protected_assumed;
  sum.iv_missing += part.iv_missing;
  sum.eapol_not_kept += part.eapol_not_kept;
  sum.protected_folded += part.protected_folded;
  sum.plain_not_kept += part.plain_not_kept;
  sum.management_not_kept += part.management_not_kept;
  sum.old_authentication_not_kept += part.old_authentication_not_kept;
  sum.cut_association |= part.cut_association;
  sum.group_frames_left_out |= part.group_frames_left_out;
}

/// What the whole file says, and not one association's time.
void add_file(AirQuality& quality, const SurveySummary& summary,
              const std::vector<MacAddress>& bssids) {
  quality.frames = summary.frames;
  quality.undecodable = summary.of(FrameClass::bad_link_header).frames +
                        summary.of(FrameClass::cut_header).frames +
                        summary.of(FrameClass::other_version).frames;
  quality.bad_fcs = summary.of(FrameClass::bad_fcs).frames;
  quality.truncated = summary.truncated.has_value();
  quality.clock_backsteps = summary.clock_back.frames;
  for (const SurveyBss& bss : summary.bsses) {
    if (!bss.first_beacon || std::find(bssids.begin(), bssids.end(), bss.bssid) == bssids.end()) {
      continue;
    }
    quality.beacons += bss.beacons;
    quality.beacons_expected +=
        beacons_expected(bss.beacons, *bss.last_beacon - *bss.first_beacon, bss.interval_tu);
    quality.first_beacon =
        std::min(quality.first_beacon.value_or(*bss.first_beacon), *bss.first_beacon);
    quality.last_beacon =
        std::max(quality.last_beacon.value_or(*bss.last_beacon), *bss.last_beacon);
  }
}

}  // namespace

std::string_view to_string(Direction direction) {
  switch (direction) {
    case Direction::from_station:
      return "from_station";
    case Direction::from_access_point:
      return "from_access_point";
  }
  return "?";
}

std::uint64_t first_frame(const Association& association) {
  std::uint64_t first = association.end_frame.value_or(UINT64_MAX);
  const auto earlier = [&first](std::uint64_t frame) { first = std::min(first, frame); };
  earlier(association.request_frame.value_or(first));
  earlier(association.response_frame.value_or(first));
  if (!association.eapol.empty()) {
    earlier(association.eapol.front().frame);
  }
  if (!association.management.empty()) {
    earlier(association.management.front().frame);
  }
  return first;
}

Result<Air> read_air(const std::filesystem::path& file, const AirQuestion& question) {
  if (question.bssids.empty()) {
    return Error{Fault::invalid_input, "no BSSID was given to look for", file.string()};
  }
  SurveyQuestion survey;
  survey.secrets = question.secrets;
  survey.secrets.sure = true;
  survey.decrypt = question.decrypt;
  survey.realtime_offset = question.realtime_offset;
  survey.tag_nonce = question.tag_nonce;
  survey.kept_plaintext = question.kept_plaintext;
  survey.ack_within = question.ack_within;
  Air air;
  AirReader reader(survey, [&air](Air&& part) {
    for (Association& association : part.associations) {
      air.associations.push_back(std::move(association));
    }
    std::move(part.tagged.begin(), part.tagged.end(), std::back_inserter(air.tagged));
    add(air.quality, part.quality);
    return true;
  });
  for (const MacAddress& bssid : question.bssids) {
    reader.pin(bssid, question.station);
  }
  const auto summary = reader.read(file);
  if (!summary) {
    return summary.error();
  }
  if (is_of_a_netdev(summary->link_type)) {
    return Error{Fault::invalid_input,
                 "is a capture of a network interface; the air needs radiotap or 802.11",
                 file.string()};
  }
  std::stable_sort(
      air.associations.begin(), air.associations.end(),
      [](const Association& a, const Association& b) { return first_frame(a) < first_frame(b); });
  std::stable_sort(air.tagged.begin(), air.tagged.end(),
                   [](const auto& a, const auto& b) { return a.frame < b.frame; });
  add_file(air.quality, *summary, question.bssids);
  return air;
}

}  // namespace postassoc
