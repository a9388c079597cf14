#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "harness/frames/air_frame.h"
#include "harness/frames/akm.h"
#include "harness/frames/build.h"
#include "harness/frames/byte_writer.h"
#include "harness/frames/capture_file.h"
#include "harness/frames/data_key.h"
#include "harness/frames/handshake_builder.h"
#include "harness/frames/link_type.h"
#include "harness/frames/msdu.h"
#include "harness/frames/pcap_format.h"

// tshark as an independent oracle: a capture made with this project's builders is dissected and
// decrypted by both, and both must say the same. Four-address frames are left to ccmp_test.cpp:
// tshark finds a key by the BSSID, which they do not name.

namespace postassoc {
namespace {

const MacAddress kAp{{0x02, 0, 0, 0, 0, 0}};
const MacAddress kStation{{0x02, 0, 0, 0, 1, 0}};
const MacAddress kHost{{0x02, 0, 0, 0, 2, 0}};
constexpr std::uint16_t kLocalExperimental = 0x88b5;  // an ethertype nothing dissects further

struct Output {
  int status = -1;
  std::string text;
};

Output run(const std::string& command) {
  Output output;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) {
    return output;
  }
  std::array<char, 4096> buffer{};
  std::size_t count = 0;
  while ((count = fread(buffer.data(), 1, buffer.size(), pipe)) > 0) {
    output.text.append(buffer.data(), count);
  }
  output.status = pclose(pipe);
  return output;
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) {
    parts.push_back(part);
  }
  return parts;
}

std::uint32_t crc32(ByteView bytes) {
  std::uint32_t crc = 0xffffffff;
  for (const std::byte b : bytes) {
    crc ^= std::to_integer<std::uint32_t>(b);
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0xedb88320U : 0U);
    }
  }
  return ~crc;
}

struct Security {
  const char* name;
  Suite akm;
  Suite cipher;
  std::uint8_t descriptor_version;
  std::size_t pmk_size = 32;
  Suite group_cipher = kCipherCcmp128;
};

/// Frames with consecutive time stamps, to be written as a capture.
class Recording {
 public:
  void add(ByteView frame, std::uint8_t radiotap_flags = 0) {
    const auto time = std::chrono::seconds(1'700'000'000) + std::chrono::milliseconds(++count_);
    records_.bytes(
        pcap_record(time, ByteWriter()
                              .bytes(build_capture_radiotap(count_ * 1000, radiotap_flags))
                              .bytes(frame)
                              .take()));
  }
  void write(const std::filesystem::path& path) {
    std::ofstream file(path, std::ios::binary);
    file << as_text(pcap_file_header(kLinkTypeRadiotap)) << as_text(records_.take());
  }

 private:
  ByteWriter records_;
  std::uint64_t count_ = 0;
};

class Tshark : public testing::TestWithParam<Security> {
 protected:
  void SetUp() override {
    if (run("tshark --version 2>/dev/null").status != 0) {
      GTEST_SKIP() << "tshark is not installed";
    }
    path_ = std::filesystem::temp_directory_path() /
            ("postassoc_tshark_" + std::to_string(getpid()) + ".pcap");
    parameters_.pmk = pmk_from_passphrase("a pass phrase", "network").value();
    parameters_.pmk.resize(GetParam().pmk_size, std::byte{0x7e});
    parameters_.aa = kAp;
    parameters_.spa = kStation;
    for (std::size_t i = 0; i < 32; ++i) {
      parameters_.anonce[i] = static_cast<std::byte>(0xa0 + i);
      parameters_.snonce[i] = static_cast<std::byte>(0x20 + i);
    }
    parameters_.akm = GetParam().akm;
    parameters_.pairwise_cipher = GetParam().cipher;
    parameters_.descriptor_version = GetParam().descriptor_version;
    parameters_.rsne.akms = {GetParam().akm};
    parameters_.rsne.group_cipher = GetParam().group_cipher;
    const std::size_t gtk_size = tk_length(GetParam().group_cipher).value();
    parameters_.gtk.key.resize(gtk_size, std::byte{0x48});
    new_gtk_.key.resize(gtk_size, std::byte{0x93});
    parameters_.rsne.pairwise_ciphers = {GetParam().cipher};
    if (is_ft_akm(GetParam().akm)) {
      const ByteView holder = as_bytes("nas.example");
      parameters_.ft = FtContext{"network", 0xb1a1, Bytes(holder.begin(), holder.end()), kAp};
    }
    handshake_ = build_handshake(parameters_).value();
    group_ = build_group_handshake(handshake_.ptk, parameters_.akm, parameters_.descriptor_version,
                                   3, new_gtk_)
                 .value();
    record();
  }
  void TearDown() override { std::filesystem::remove(path_); }

  DataHeader header(bool to_ds) {
    DataHeader data;
    data.to_ds = to_ds;
    data.from_ds = !to_ds;
    data.bssid = kAp;
    data.sa = to_ds ? kStation : kHost;
    data.da = to_ds ? kHost : kStation;
    data.sequence_number = ++sequence_;
    return data;
  }

  void add_eapol(bool to_ds, ByteView pdu) {
    recording_.add(build_data_frame(header(to_ds), build_llc_snap(kEthertypeEapol, pdu)));
  }

  Bytes protect(const DataHeader& data, ByteView body) {
    return build_protected_frame(GetParam().cipher, data, handshake_.ptk.tk, ++pn_, 0, body)
        .value();
  }

  static Bytes msdu(std::string_view text) {
    return build_llc_snap(kLocalExperimental, as_bytes(text));
  }

  Bytes mobility_domain() {
    return parameters_.ft ? build_mde({parameters_.ft->mdid, 0}) : Bytes{};
  }
  /// The FTE of an initial mobility domain association.
  Bytes key_holders() {
    if (!parameters_.ft) {
      return {};
    }
    Fte fte;
    fte.r0kh_id = parameters_.ft->r0kh_id;
    fte.r1kh_id = parameters_.ft->r1kh_id;
    return build_fte(fte);
  }

  void record_association() {
    const Bytes elements = ByteWriter()
                               .bytes(from_hex("00076e6574776f726b010182").value())
                               .bytes(build_rsne(parameters_.rsne))
                               .bytes(mobility_domain())
                               .take();
    recording_.add(build_management_frame(
        kBeacon, kBroadcast, kAp, kAp, 1,
        ByteWriter().le64(1000).le16(100).le16(0x0411).bytes(elements).take()));
    recording_.add(
        build_management_frame(kAssocRequest, kAp, kStation, kAp, 1,
                               ByteWriter().le16(0x0411).le16(5).bytes(elements).take()));
    recording_.add(build_management_frame(kAssocResponse, kStation, kAp, kAp, 2,
                                          ByteWriter()
                                              .bytes(from_hex("1104 0000 01c0 010182").value())
                                              .bytes(mobility_domain())
                                              .bytes(key_holders())
                                              .take()));
  }

  /// Individually addressed frames under the TK.
  void record_shapes() {
    DataHeader qos = header(true);
    qos.qos_control = 5;
    qos.retry = true;
    recording_.add(protect(qos, msdu("QoS, retry")));
    recording_.add(protect(header(false), msdu("no QoS, from DS")));
    DataHeader htc = header(true);
    htc.qos_control = 6;
    htc.ht_control = 0x00000003;
    recording_.add(protect(htc, msdu("QoS with HT Control")));
    DataHeader amsdu = header(true);
    amsdu.qos_control = 0x0080;
    recording_.add(protect(
        amsdu, ByteWriter()
                   .bytes(build_amsdu_subframe(kHost, kStation, msdu("subframe one"), false))
                   .bytes(build_amsdu_subframe(kHost, kStation, msdu("two"), true))
                   .take()));
  }

  void record_capture_shapes() {
    DataHeader qos = header(true);
    qos.qos_control = 1;
    const Bytes sound = protect(qos, msdu("data pad"));
    recording_.add(ByteWriter()
                       .bytes(ByteView(sound).first(26))
                       .zeros(2)
                       .bytes(ByteView(sound).subspan(26))
                       .take(),
                   0x20);
    const Bytes with_fcs = protect(header(true), msdu("FCS"));
    recording_.add(ByteWriter().bytes(with_fcs).le32(crc32(with_fcs)).take(), 0x10);
  }

  void record_group(const GtkKde& gtk, std::string_view text) {
    DataHeader broadcast = header(false);
    broadcast.da = kBroadcast;
    recording_.add(build_protected_frame(GetParam().group_cipher, broadcast, gtk.key, 0x0102030405,
                                         gtk.key_id, msdu(text))
                       .value());
  }

  void record() {
    record_association();
    add_eapol(false, handshake_.m1);
    add_eapol(true, handshake_.m2);
    add_eapol(false, handshake_.m3);
    add_eapol(true, handshake_.m4);
    record_shapes();
    record_capture_shapes();
    record_group(parameters_.gtk, "group");
    DataHeader g1 = header(false);
    g1.sa = kAp;
    recording_.add(protect(g1, build_llc_snap(kEthertypeEapol, group_.g1)));
    DataHeader g2 = header(true);
    g2.da = kAp;
    recording_.add(protect(g2, build_llc_snap(kEthertypeEapol, group_.g2)));
    record_group(new_gtk_, "new group key");
    recording_.write(path_);
  }

  /// Lines of fields, one a frame that matches the filter.
  std::vector<std::vector<std::string>> fields(const std::string& filter,
                                               const std::vector<std::string>& names) {
    std::string command = "tshark -n -r " + path_.string() + " -Y '" + filter +
                          "' -o wlan.enable_decryption:TRUE -o 'uat:80211_keys:\"wpa-psk\",\"" +
                          to_hex(parameters_.pmk) + "\"' -T fields -E 'separator=;'";
    for (const std::string& name : names) {
      command += " -e " + name;
    }
    const Output output = run(command + " 2>/dev/null");
    EXPECT_EQ(output.status, 0) << command;
    std::vector<std::vector<std::string>> lines;
    for (const std::string& line : split(output.text, '\n')) {
      lines.push_back(split(line, ';'));
    }
    return lines;
  }

  /// What this project makes of a frame: the plaintext MSDUs.
  std::vector<Bytes> payloads(const CapturedFrame& captured) {
    const auto frame = parse_air_frame(kLinkTypeRadiotap, captured.data).value().dot11;
    Bytes body(frame.body.begin(), frame.body.end());
    if (frame.protected_frame && frame.ra.is_group()) {
      const bool first = parse_cipher_header(GetParam().group_cipher, frame.body)->key_id == 1;
      body =
          decrypt_mpdu(GetParam().group_cipher, first ? parameters_.gtk.key : new_gtk_.key, frame)
              .value();
    } else if (frame.protected_frame) {
      body = decrypt_mpdu(GetParam().cipher, handshake_.ptk.tk, frame).value();
    }
    std::vector<Bytes> list;
    for (const Msdu& msdu : parse_msdus(frame, body).value()) {
      list.emplace_back(msdu.payload.begin(), msdu.payload.end());
    }
    return list;
  }

  GtkKde new_gtk_{2, false, Bytes(16, std::byte{0x92})};
  std::filesystem::path path_;
  HandshakeParameters parameters_;
  HandshakePdus handshake_;
  GroupHandshakePdus group_;
  Recording recording_;
  std::uint16_t sequence_ = 0;
  std::uint64_t pn_ = 0;
};

TEST_P(Tshark, DissectsTheHandshakeAsBuilt) {
  const auto lines = fields("wlan_rsna_eapol.keydes.msgnr && !wlan.fc.protected == 1",
                            {"wlan_rsna_eapol.keydes.msgnr", "eapol.keydes.replay_counter",
                             "wlan_rsna_eapol.keydes.nonce", "wlan_rsna_eapol.keydes.key_info",
                             "wlan_rsna_eapol.keydes.mic"});
  const std::array pdus{handshake_.m1, handshake_.m2, handshake_.m3, handshake_.m4};
  ASSERT_EQ(lines.size(), pdus.size());
  for (std::size_t i = 0; i < pdus.size(); ++i) {
    const EapolKey key = parse_eapol_key(parse_eapol(pdus[i]).value(),
                                         mic_length(GetParam().akm, GetParam().pmk_size))
                             .value();
    ASSERT_EQ(lines[i].size(), 5U);
    EXPECT_EQ("M" + lines[i][0], to_string(classify(key)));
    EXPECT_EQ(std::stoull(lines[i][1]), key.replay_counter);
    EXPECT_EQ(lines[i][2], to_hex(key.nonce));
    EXPECT_EQ(std::stoul(lines[i][3], nullptr, 0), key.key_info);
    EXPECT_EQ(lines[i][4], to_hex(key.mic));
  }
}

TEST_P(Tshark, DecryptsEveryShapeToTheSamePlaintext) {
  const auto lines = fields("wlan.fc.protected == 1",
                            {"frame.number", "wlan.ccmp.extiv", "data.data", "eapol.type"});
  std::map<std::uint64_t, std::vector<std::string>> said;
  for (const auto& line : lines) {
    said[std::stoull(line.at(0))] = line;
  }
  EXPECT_EQ(said.size(), 10U);
  auto capture = CaptureFile::open(path_);
  ASSERT_TRUE(capture.has_value());
  for (auto frame = capture->next().value(); frame; frame = capture->next().value()) {
    const auto line = said.find(frame->number);
    if (line == said.end()) {
      continue;
    }
    const auto dot11 = parse_air_frame(kLinkTypeRadiotap, frame->data).value().dot11;
    EXPECT_EQ(std::stoull(line->second.at(1), nullptr, 0),
              parse_cipher_header(GetParam().cipher, dot11.body)->pn);
    const std::vector<Bytes> list = payloads(*frame);
    if (parse_eapol(list.at(0)).has_value()) {
      EXPECT_EQ(line->second.size(), 4U) << "tshark found no EAPOL in frame " << frame->number;
      continue;
    }
    std::string ours;
    for (const Bytes& payload : list) {
      ours += (ours.empty() ? "" : ",") + to_hex(payload);
    }
    if (dot11.ra.is_group() && mic_length(GetParam().akm) != 16) {
      continue;  // tshark 4.0 shows the GTK of such an M3, but does not decrypt with it
    }
    ASSERT_GE(line->second.size(), 3U) << "tshark did not decrypt frame " << frame->number;
    EXPECT_EQ(line->second[2], ours) << "frame " << frame->number;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Oracle, Tshark,
    testing::Values(
        Security{"PskCcmp128", kAkmPsk, kCipherCcmp128, 2},
        Security{"PskSha256Ccmp128", kAkmPskSha256, kCipherCcmp128, 3},
        Security{"PskCcmp256", kAkmPsk, kCipherCcmp256, 2},
        Security{"PskGcmp128", kAkmPsk, kCipherGcmp128, 2},
        Security{"PskSha256Gcmp256", kAkmPskSha256, kCipherGcmp256, 3, 32, kCipherGcmp256},
        Security{"SaeCcmp128", kAkmSae, kCipherCcmp128, 0},
        Security{"OweCcmp128", kAkmOwe, kCipherCcmp128, 0},
        Security{"Dot1xSha256Ccmp128", kAkm8021xSha256, kCipherCcmp128, 3},
        Security{"SuiteBGcmp128", kAkm8021xSuiteB, kCipherGcmp128, 0},
        Security{"SuiteB192Gcmp256", kAkm8021xSuiteB192, kCipherGcmp256, 0, 48, kCipherGcmp256},
        Security{"FtPskCcmp128", kAkmFtPsk, kCipherCcmp128, 3},
        Security{"FtSaeCcmp128", kAkmFtSae, kCipherCcmp128, 0}),
    [](const testing::TestParamInfo<Security>& info) { return info.param.name; });

}  // namespace
}  // namespace postassoc
