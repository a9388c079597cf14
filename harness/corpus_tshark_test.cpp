#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <iostream>
#include <map>
#include <set>
#include <sstream>

#include "harness/air_survey.h"
#include "harness/command_output.h"
#include "harness/evidence.h"
#include "harness/frames/key_data.h"
#include "harness/frames/msdu.h"
#include "harness/json_file.h"
#include "harness/scenario_test_data.h"

/// Wireshark as the oracle over every capture of fixtures: it dissects and decrypts the same
/// frames, and both must say the same of each.
namespace postassoc {
namespace {

namespace fs = std::filesystem;

/// What a frame is, as far as both can tell.
struct Said {
  std::string message;  ///< "1" to "4" of a handshake; empty: no EAPOL-Key
  std::string key;      ///< replay counter, nonce, key information, MIC, length of the key data
  std::string gtk;      ///< of decrypted key data
  std::string payload;  ///< of a decrypted UDP datagram, in hexadecimal digits
  bool protected_frame = false;
  bool decrypted = false;
  bool group = false;
  bool retry = false;
};
using Frames = std::map<std::uint64_t, Said>;

std::vector<std::string> split(const std::string& line, char separator) {
  std::vector<std::string> parts(1);
  for (const char c : line) {
    if (c == separator) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

fs::path recording(const std::string& name) {
  return test_data::source_path("fixtures/evidence") / name;
}

/// Every PMK of a recording.
std::vector<Bytes> pmks_of(const std::string& name) {
  const auto document = read_json_file(recording(name) / evidence_file::kSecrets);
  const Secrets secrets = secrets_from_json(document.value()).value();
  std::vector<Bytes> pmks = secrets.pmks;
  if (!secrets.pmk.empty()) {
    pmks.push_back(secrets.pmk);
  }
  return pmks;
}

std::string key_line(std::uint64_t replay_counter, const std::string& nonce, std::uint64_t key_info,
                     const std::string& mic, std::uint64_t data_length) {
  return fmt::format("counter {} nonce {} info {:#06x} MIC {} data {}", replay_counter, nonce,
                     key_info, mic, data_length);
}

/// One line of tshark: the fields of kFields.
constexpr std::string_view kFields =
    "-e frame.number -e wlan_rsna_eapol.keydes.msgnr -e eapol.keydes.replay_counter "
    "-e wlan_rsna_eapol.keydes.nonce -e wlan_rsna_eapol.keydes.key_info "
    "-e wlan_rsna_eapol.keydes.data_len -e udp.payload -e wlan.fc.protected -e llc -e "
    "wlan.fc.retry -e wlan_rsna_eapol.keydes.mic -e wlan.rsn.ie.gtk_kde.gtk";

Frames by_tshark(const fs::path& capture, const std::vector<Bytes>& pmks) {
  const test_data::TemporaryFolder home;
  std::string keys;
  for (const Bytes& pmk : pmks) {
    keys += fmt::format(" -o 'uat:80211_keys:\"wpa-psk\",\"{}\"'", to_hex(pmk));
  }
  const auto text = output_of(
      fmt::format("HOME={} tshark -n -r {} -o wlan.enable_decryption:TRUE{} "
                  "-Y '(eapol.type == 3 || wlan.fc.protected == 1) && !(wlan.fc.type == 0)' "
                  "-T fields -E 'separator=;' {} 2>/dev/null",
                  home.path().string(), capture.string(), keys, kFields));
  EXPECT_TRUE(text) << "tshark failed";
  Frames frames;
  std::istringstream lines(text.value_or(""));
  for (std::string line; std::getline(lines, line);) {
    const auto field = split(line, ';');
    Said& said = frames[std::stoull(field.at(0))];
    said.message = field.at(1);
    if (!said.message.empty()) {
      said.key =
          key_line(std::stoull(field.at(2)), field.at(3), std::stoull(field.at(4), nullptr, 0),
                   field.at(10), std::stoull(field.at(5)));
      said.gtk = field.at(11);
    }
    said.protected_frame = field.at(7) == "1";
    said.decrypted = said.protected_frame && !field.at(8).empty();
    said.payload = said.decrypted ? field.at(6) : "";
    said.retry = field.at(9) == "1";
  }
  return frames;
}

std::string message_number(KeyMessage message) {
  return message == KeyMessage::unknown ? "unknown" : std::string(to_string(message).substr(1));
}

/// Of a datagram over IPv4 without options, as far as it was kept.
std::string udp_payload(const AirProtected& seen) {
  constexpr std::size_t kHeaders = 8 + 20 + 8;  // LLC/SNAP, IPv4, UDP
  constexpr std::byte kUdp{17};
  if (!seen.plaintext || seen.ethertype != kEthertypeIpv4 || seen.plaintext->size() < kHeaders ||
      (*seen.plaintext)[17] != kUdp) {
    return {};
  }
  return to_hex(ByteView(*seen.plaintext).subspan(kHeaders));
}

void add(const Air& air, Frames& frames) {
  for (const Association& association : air.associations) {
    for (const AirEapol& seen : association.eapol) {
      if (!seen.key) {
        continue;
      }
      Said& said = frames[seen.frame];
      said.message = message_number(seen.message);
      said.key = key_line(seen.key->replay_counter, to_hex(seen.key->nonce), seen.key->key_info,
                          to_hex(seen.key->mic), seen.key->key_data.size());
      const auto gtk = parse_key_data(seen.key_data_plain.value_or(Bytes())).gtk();
      said.gtk = gtk ? to_hex(gtk->key) : "";
      said.protected_frame = seen.protected_frame;
    }
    for (const AirProtected& seen : association.protected_data) {
      Said& said = frames[seen.frame];
      said.protected_frame = true;
      said.decrypted = seen.plaintext.has_value();
      said.group = seen.group;
      said.payload = udp_payload(seen);
    }
  }
}

/// Why one of the two decrypts no group frames; empty: both do.
std::string_view groups_not_compared(const Evidence& evidence) {
  const AccessPointSpec& spec = evidence.plan.scenario.access_point;
  if (spec.group == kCipherTkip) {
    return "postassoc decrypts no TKIP";
  }
  if (spec.security == Security::suite_b_192) {
    return "tshark 4.0 shows the GTK of Suite B 192 and decrypts nothing with it";
  }
  return "";
}

/// What was compared, and what could not be: beside the verdict of the test, never instead of it.
void tell(const std::string& what) {
  std::cout << "[ COMPARED ] " << what << '\n';
}

/// What comes after the end of an association is nobody's.
bool in_association(const Air& air, std::uint64_t frame) {
  return std::any_of(air.associations.begin(), air.associations.end(), [&](const Association& of) {
    return frame >= of.request_frame.value_or(0) && frame <= of.end_frame.value_or(frame);
  });
}

/// Every folder of recorded evidence.
std::vector<std::string> recordings() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(test_data::source_path("fixtures/evidence"))) {
    if (fs::exists(entry.path() / evidence_file::kAir)) {
      names.push_back(entry.path().filename().string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

class RecordedCapture : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (!output_of("command -v tshark")) {
      GTEST_SKIP() << "needs tshark";
    }
    evidence_ = read_evidence(recording(GetParam())).value();
    theirs_ = by_tshark(recording(GetParam()) / evidence_file::kAir, pmks_of(GetParam()));
    add(evidence_.air, ours_);
  }

  Evidence evidence_;
  Frames theirs_, ours_;
};

TEST_P(RecordedCapture, IsReadAsWiresharkReadsIt) {
  for (const auto& [number, their] : theirs_) {
    const auto found = ours_.find(number);
    if (found == ours_.end()) {
      EXPECT_TRUE(their.retry || !in_association(evidence_.air, number))
          << "frame " << number << " is not seen";
      continue;
    }
    const Said& our = found->second;
    EXPECT_EQ(our.protected_frame, their.protected_frame) << "frame " << number;
    EXPECT_EQ(our.key, their.key) << "frame " << number;
    if (our.message != "unknown") {
      EXPECT_EQ(our.message, their.message) << "frame " << number;
    }
    EXPECT_TRUE(our.gtk == their.gtk || their.gtk.empty()) << "frame " << number;
    if (!our.group || groups_not_compared(evidence_).empty()) {
      EXPECT_EQ(our.decrypted, their.decrypted) << "frame " << number;
      EXPECT_EQ(our.payload, their.payload.substr(0, our.payload.size())) << "frame " << number;
      EXPECT_EQ(our.payload.empty(), their.payload.empty()) << "frame " << number;
    }
  }
  const auto count = [](const Frames& frames, auto is) {
    return std::count_if(frames.begin(), frames.end(),
                         [is](const auto& entry) { return is(entry.second); });
  };
  const auto is_key = [](const Said& said) { return !said.key.empty(); };
  const auto is_protected = [](const Said& said) { return said.protected_frame; };
  const auto is_decrypted = [](const Said& said) { return said.decrypted; };
  const auto has_gtk = [](const Said& said) { return !said.gtk.empty(); };
  EXPECT_EQ(count(ours_, is_decrypted) > 0, count(ours_, is_protected) > 0);
  tell(fmt::format(
      "{}: {} EAPOL-Key frames, {} protected; decrypted: {} (tshark {}); GTKs: {} "
      "(tshark {})",
      GetParam(), count(theirs_, is_key), count(theirs_, is_protected), count(ours_, is_decrypted),
      count(theirs_, is_decrypted), count(ours_, has_gtk), count(theirs_, has_gtk)));
  if (const auto why = groups_not_compared(evidence_); !why.empty()) {
    tell(fmt::format("{}: decrypted group frames were not compared: {}", GetParam(), why));
  }
  for (const auto& [number, our] : ours_) {
    EXPECT_EQ(theirs_.count(number), 1U) << "tshark does not see frame " << number;
  }
}

std::string plain_name(std::string text) {
  for (char& c : text) {
    c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  }
  return text;
}

INSTANTIATE_TEST_SUITE_P(Fixtures, RecordedCapture, testing::ValuesIn(recordings()),
                         [](const auto& info) { return plain_name(info.param); });

/// A file of fixtures/captures.
struct PlainCapture {
  const char* file;
  std::vector<const char*> recordings;  ///< whose frames it has
  std::size_t associations;
  std::size_t valid_mics;
};

class Capture : public testing::TestWithParam<PlainCapture> {};

TEST_P(Capture, IsReadAsWiresharkReadsIt) {
  if (!output_of("command -v tshark")) {
    GTEST_SKIP() << "needs tshark";
  }
  const fs::path file = test_data::source_path("fixtures/captures") / GetParam().file;
  SurveyQuestion question;
  for (const char* name : GetParam().recordings) {
    for (const Bytes& pmk : pmks_of(name)) {
      question.secrets.pmks.push_back(pmk);
    }
  }
  question.decrypt = Decrypt::all;
  Frames ours;
  std::size_t associations = 0;
  std::size_t valid_mics = 0;
  const auto survey = survey_air(file, question, [&](Air&& air) {
    add(air, ours);
    associations += air.associations.size();
    for (const AirEapol& seen : air.associations.front().eapol) {
      valid_mics += seen.mic_valid.value_or(false) ? 1U : 0U;
    }
    return true;
  });
  ASSERT_TRUE(survey) << to_string(survey.error());
  EXPECT_EQ(associations, GetParam().associations);
  EXPECT_EQ(valid_mics, GetParam().valid_mics);
  for (const auto& [number, their] : by_tshark(file, question.secrets.pmks)) {
    if (ours.count(number) == 0) {
      EXPECT_TRUE(their.message.empty()) << "frame " << number << " is not seen";
      continue;
    }
    EXPECT_EQ(ours[number].key, their.key) << "frame " << number;
    EXPECT_EQ(ours[number].message, their.message) << "frame " << number;
    EXPECT_EQ(ours[number].decrypted, their.decrypted) << "frame " << number;
  }
}

constexpr const char* kConnect = "wpa2-psk-connect";

INSTANTIATE_TEST_SUITE_P(
    Fixtures, Capture,
    testing::Values(PlainCapture{"wpa2-psk.pcapng", {kConnect}, 1, 3},
                    PlainCapture{"wpa2-psk.pcap.gz", {kConnect}, 1, 3},
                    PlainCapture{"wpa2-psk-no-radiotap.pcap", {kConnect}, 1, 3},
                    PlainCapture{"wpa2-psk-ppi.pcap", {kConnect}, 1, 3},
                    PlainCapture{"wpa2-psk-ethernet.pcap", {kConnect}, 1, 3},
                    PlainCapture{"wpa2-psk-eapol-only.pcapng", {kConnect}, 1, 3},
                    PlainCapture{"wpa2-psk-no-association.pcapng", {kConnect}, 1, 3},
                    PlainCapture{"wpa2-psk-cut-frames.pcap", {kConnect}, 1, 0},
                    PlainCapture{"two-stations.pcapng",
                                 {"networks-wpa3-sae", "networks-station-address"},
                                 2,
                                 6}),
    [](const auto& info) { return plain_name(info.param.file); });

}  // namespace
}  // namespace postassoc
