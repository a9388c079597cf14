#include "harness/evidence.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "harness/air_netdev.h"
#include "harness/medium_marks.h"

namespace postassoc {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// What no clock sample can narrow down: a year.
constexpr std::chrono::hours kUnknownClock{24 * 365};

std::optional<std::string> read_text(const fs::path& file) {
  std::error_code error;
  if (!fs::is_regular_file(file, error)) {
    return std::nullopt;
  }
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  if (!stream) {
    return std::nullopt;
  }
  return std::move(text).str();
}

/// Reads the parts of one scenario's evidence into an Evidence.
class EvidenceReader {
 public:
  explicit EvidenceReader(fs::path directory) : directory_(std::move(directory)) {}

  Result<Evidence> read() {
    if (auto plan = read_plan(); !plan) {
      return plan.error();
    }
    read_timeline();
    read_environment();
    read_air_capture();
    read_netdev_captures();
    return std::move(evidence_);
  }

 private:
  void note(std::string_view name, const std::string& sentence) {
    std::string& noted = evidence_.missing[std::string(name)];
    noted += noted.empty() ? sentence : "; " + sentence;
  }

  std::optional<std::string> read_part(std::string_view name) {
    auto text = read_text(directory_ / name);
    if (!text) {
      note(name, "was not recorded, or can't be read");
    }
    return text;
  }

  Result<> read_plan() {
    const fs::path file = directory_ / evidence_file::kPlan;
    const auto text = read_text(file);
    if (!text) {
      return Error{Fault::invalid_input, "can't be read: is this a folder of evidence?",
                   file.string()};
    }
    const json document = json::parse(*text, nullptr, false);
    if (document.is_discarded()) {
      return Error{Fault::invalid_input, "is not JSON", file.string()};
    }
    auto plan = plan_from_json(document, file.string());
    if (!plan) {
      return plan.error();
    }
    evidence_.plan = std::move(*plan);
    return {};
  }

  void read_timeline() {
    constexpr std::string_view kName = evidence_file::kTimeline;
    const auto text = read_part(kName);
    std::vector<Event> events;
    std::size_t number = 0;
    std::size_t begin = 0;
    while (text && begin < text->size()) {
      const std::size_t end = std::min(text->find('\n', begin), text->size());
      ++number;
      auto event = event_from_json_line(std::string_view(*text).substr(begin, end - begin));
      if (event) {
        events.push_back(std::move(*event));
      } else if (end == text->size()) {
        note(kName, "last line cut");
      } else {
        note(kName, fmt::format("line {}: {}", number, event.error().what));
        // Keeps the numbers of the lines after it what they are in the file.
        events.push_back({events.empty() ? Timestamp{} : events.back().time,
                          {},
                          Witness::harness,
                          Side::none,
                          "unreadable_line",
                          json::object()});
      }
      begin = end + 1;
    }
    set_others_aside(events);
    evidence_.timeline = Timeline(std::move(events));
    read_harness_events();
  }

  /// What the access point's witnesses tell of another station is about neither end of the link.
  static void set_others_aside(std::vector<Event>& events) {
    const auto started = std::find_if(events.begin(), events.end(), [](const Event& event) {
      return event.witness == Witness::harness && event.name == "run_started";
    });
    MacAddress station;
    if (started == events.end() || !take_address(started->detail, "station", station)) {
      return;
    }
    for (Event& event : events) {
      MacAddress peer;
      if (event.side == Side::access_point && take_address(event.detail, "mac", peer) &&
          !peer.is_group() && peer != station && !is_bss(started->detail, peer)) {
        event.side = Side::none;
      }
    }
  }

  static bool is_bss(const json& addresses, const MacAddress& address) {
    MacAddress bssid;
    return (take_address(addresses, "bssid", bssid) && bssid == address) ||
           (take_address(addresses, "second_bssid", bssid) && bssid == address);
  }

  void read_harness_events() {
    for (const Event& event : evidence_.timeline.events()) {
      if (event.witness != Witness::harness) {
        continue;
      }
      if (event.name == "run_started") {
        addresses_known_ = take_address(event.detail, "bssid", evidence_.bssid) &&
                           take_address(event.detail, "station", evidence_.station);
        MacAddress second;
        if (take_address(event.detail, "second_bssid", second)) {
          evidence_.second_bssid = second;
        }
      } else if (event.name == "clock_sample") {
        take_clock_sample(event);
      }
    }
    if (evidence_.clock_samples.empty()) {
      note(evidence_file::kTimeline, "no clock sample: times of captures can't be placed");
    }
  }

  static bool take_address(const json& detail, const char* key, MacAddress& to) {
    if (!detail.contains(key) || !detail[key].is_string()) {
      return false;
    }
    const auto address = MacAddress::parse(detail[key].get_ref<const std::string&>());
    to = address.value_or(MacAddress{});
    return address.has_value();
  }

  void take_clock_sample(const Event& event) {
    const auto number = [&](const char* key) -> std::optional<std::chrono::nanoseconds> {
      if (!event.detail.contains(key) || !event.detail[key].is_number_integer()) {
        return std::nullopt;
      }
      return std::chrono::nanoseconds(event.detail[key].get<std::int64_t>());
    };
    const auto is_sane = [](std::chrono::nanoseconds t) {  // differences must not overflow
      return t.count() >= 0 && t <= std::chrono::hours(24 * 365 * 70);
    };
    const auto realtime = number("realtime_ns");
    if (realtime && is_sane(*realtime) && is_sane(event.time)) {
      evidence_.clock_samples.push_back(
          {event.time, *realtime, number("uncertainty_ns").value_or(event.uncertainty)});
    }
  }

  /// Halfway between the extremes: what keeps the largest difference small.
  std::chrono::nanoseconds realtime_offset() const {
    const auto& samples = evidence_.clock_samples;
    if (samples.empty()) {
      return {};
    }
    const auto by_offset = [](const ClockSample& a, const ClockSample& b) {
      return a.offset() < b.offset();
    };
    const auto [low, high] = std::minmax_element(samples.begin(), samples.end(), by_offset);
    return low->offset() + (high->offset() - low->offset()) / 2;
  }

  void read_environment() {
    const auto text = read_part(evidence_file::kEnvironment);
    if (!text) {
      return;
    }
    json document = json::parse(*text, nullptr, false);
    if (!document.is_object()) {
      note(evidence_file::kEnvironment, "is no JSON object");
      return;
    }
    evidence_.environment = std::move(document);
  }

  AirSecrets read_secrets() {
    const auto text = read_part(evidence_file::kSecrets);
    if (!text) {
      return {};
    }
    const json document = json::parse(*text, nullptr, false);
    if (!document.is_object()) {
      note(evidence_file::kSecrets, "is no JSON object");
      return {};
    }
    auto secrets = secrets_from_json(document);
    if (!secrets) {
      note(evidence_file::kSecrets, to_string(secrets.error()));
      return {};
    }
    keep_as_text(*secrets);
    return air_secrets(*secrets);
  }

  void keep_as_text(const Secrets& secrets) {
    std::vector<std::string> texts = {secrets.passphrase, secrets.station_passphrase,
                                      to_hex(secrets.pmk), to_hex(secrets.station_pmk)};
    for (const Bytes& pmk : secrets.pmks) {
      texts.push_back(to_hex(pmk));
    }
    std::erase(texts, "");
    evidence_.secrets = std::move(texts);
  }

  void read_air_capture() {
    AirSecrets secrets = read_secrets();
    const fs::path file = directory_ / evidence_file::kAir;
    if (!addresses_known_) {
      note(evidence_file::kAir, "the timeline has no run_started event with bssid and station");
      return;
    }
    if (!is_there(evidence_file::kAir)) {
      return;
    }
    AirQuestion question;
    question.bssids = {evidence_.bssid};
    if (evidence_.second_bssid) {
      question.bssids.push_back(*evidence_.second_bssid);
    }
    question.station = evidence_.station;
    question.realtime_offset = realtime_offset();
    question.tag_nonce = evidence_.plan.tag_nonce;
    question.secrets = std::move(secrets);
    if (ruled_by_harness(evidence_.timeline)) {
      question.ack_within = kMediumAckWithin;
    }
    auto air = read_air(file, question);
    if (!air) {
      note(evidence_file::kAir, to_string(air.error()));
      return;
    }
    evidence_.air = std::move(*air);
    mark_medium(evidence_.air, evidence_.timeline);
  }

  void read_netdev_captures() {
    read_netdev_part(evidence_file::kStationNetdev, evidence_.station_netdev);
    read_netdev_part(evidence_file::kAccessPointNetdev, evidence_.access_point_netdev);
  }

  void read_netdev_part(std::string_view name, std::vector<NetdevFrame>& frames) {
    if (!is_there(name)) {
      return;
    }
    auto read = read_netdev_capture(directory_ / name, realtime_offset(), evidence_.plan.tag_nonce);
    if (!read) {
      note(name, to_string(read.error()));
      return;
    }
    if (read->broken_off) {
      note(name, *read->broken_off);
    }
    frames = std::move(read->frames);
  }

  bool is_there(std::string_view name) {
    std::error_code error;
    if (fs::is_regular_file(directory_ / name, error)) {
      return true;
    }
    note(name, "was not recorded");
    return false;
  }

  fs::path directory_;
  Evidence evidence_;
  bool addresses_known_ = false;
};

}  // namespace

std::chrono::nanoseconds Evidence::clock_uncertainty() const {
  if (clock_samples.empty()) {
    return kUnknownClock;
  }
  auto low = clock_samples.front().offset();
  auto high = low;
  std::chrono::nanoseconds reading{};
  for (const ClockSample& sample : clock_samples) {
    low = std::min(low, sample.offset());
    high = std::max(high, sample.offset());
    reading = std::max(reading, sample.uncertainty);
  }
  return (high - low + std::chrono::nanoseconds(1)) / 2 + reading;
}

bool Evidence::finished() const {
  return timeline.first([](const Event& event) {
    return event.witness == Witness::harness && event.name == "run_finished";
  }) != nullptr;
}

AirSecrets air_secrets(const Secrets& secrets) {
  AirSecrets found;
  found.pmks = secrets.pmks;
  if (!secrets.pmk.empty()) {
    found.pmks.push_back(secrets.pmk);
  }
  return found;
}

Result<Evidence> read_evidence(const fs::path& directory) {
  return EvidenceReader(directory).read();
}

}  // namespace postassoc
