#pragma once

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include "harness/air.h"
#include "harness/frames/build.h"
#include "harness/frames/byte_writer.h"
#include "harness/frames/handshake_builder.h"
#include "harness/frames/msdu.h"
#include "harness/frames/pcap_format.h"

namespace postassoc {

/// For tests: a folder of its own, gone with the object.
class TestFolder {
 public:
  TestFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "postassoc-test-XXXXXX").string();
    path_ = ::mkdtemp(name.data()) ? name : std::string();
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline void write_file(const std::filesystem::path& file, ByteView bytes) {
  std::ofstream stream(file, std::ios::binary);
  stream.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
}

/// For tests: the capture of one station and one access point, frame by frame. A frame comes a
/// millisecond after the one before, an ACK 30 microseconds after its frame. The access point's
/// and the station's sequence numbers count up by themselves.
class TestCapture {
 public:
  static constexpr std::chrono::nanoseconds kStart = std::chrono::seconds(1700000000);
  MacAddress bssid{{2, 0, 0, 0, 0, 0}};
  MacAddress station{{2, 0, 0, 0, 1, 0}};
  Bytes pmk = Bytes(32, std::byte{0x11});
  std::string nonce = "deadbeef";

  TestCapture() : bytes_(pcap_file_header(kLinkTypeRadiotap)) {}

  AirQuestion question() const { return {{bssid}, station, {{pmk}, {}}, kStart, nonce}; }

  /// A frame as it is, with the radiotap header that a monitor gives it. Returns its number.
  std::uint64_t frame(ByteView dot11, std::uint8_t radiotap_flags = 0,
                      std::chrono::microseconds after = std::chrono::milliseconds(1)) {
    time_ += after;
    Bytes captured =
        build_capture_radiotap(static_cast<std::uint64_t>(time_.count() / 1000), radiotap_flags);
    captured.insert(captured.end(), dot11.begin(), dot11.end());
    const Bytes record = pcap_record(kStart + time_, captured);
    bytes_.insert(bytes_.end(), record.begin(), record.end());
    return ++number_;
  }
  std::uint64_t ack(const MacAddress& receiver) {
    return frame(build_ack(receiver), 0, std::chrono::microseconds(30));
  }
  void step_time(std::chrono::nanoseconds by) { time_ += by; }

  std::uint64_t beacon(const Rsne& rsne = HandshakeParameters::psk_ccmp_rsne()) {
    ByteWriter body;
    body.le64(0).le16(100).le16(0x0011).bytes(build_element(0, as_bytes("net")));
    body.bytes(build_rsne(rsne));
    return frame(
        build_management_frame(kBeacon, kBroadcast, bssid, bssid, next(true), body.take()));
  }
  std::uint64_t assoc_request(const Rsne& rsne = HandshakeParameters::psk_ccmp_rsne()) {
    ByteWriter body;
    body.le16(0x0011).le16(5).bytes(build_element(0, as_bytes("net"))).bytes(build_rsne(rsne));
    return frame(
        build_management_frame(kAssocRequest, bssid, station, bssid, next(false), body.take()));
  }
  std::uint64_t assoc_response(std::uint16_t status = 0) {
    ByteWriter body;
    body.le16(0x0011).le16(status).le16(0xc001);
    return frame(
        build_management_frame(kAssocResponse, station, bssid, bssid, next(true), body.take()));
  }
  std::uint64_t deauthentication(bool from_access_point, std::uint16_t reason) {
    ByteWriter body;
    body.le16(reason);
    return frame(build_management_frame(kDeauthentication, from_access_point ? station : bssid,
                                        from_access_point ? bssid : station, bssid,
                                        next(from_access_point), body.take()));
  }

  DataHeader header(bool from_access_point) {
    DataHeader header;
    header.to_ds = !from_access_point;
    header.from_ds = from_access_point;
    header.bssid = bssid;
    header.da = from_access_point ? station : bssid;
    header.sa = from_access_point ? bssid : station;
    header.qos_control = 0;
    header.sequence_number = next(from_access_point);
    return header;
  }
  std::uint64_t plain(bool from_access_point, std::uint16_t ethertype, ByteView payload) {
    return frame(build_data_frame(header(from_access_point), build_llc_snap(ethertype, payload)));
  }
  std::uint64_t eapol(bool from_access_point, ByteView pdu) {
    return plain(from_access_point, kEthertypeEapol, pdu);
  }
  std::uint64_t encrypted(const DataHeader& header, ByteView tk, std::uint64_t pn,
                          std::uint16_t ethertype, ByteView payload, std::uint8_t key_id = 0) {
    return frame(
        build_ccmp_frame(header, tk, pn, key_id, build_llc_snap(ethertype, payload)).value());
  }

  HandshakeParameters parameters(std::uint8_t seed = 1, std::uint64_t counter = 1) const {
    HandshakeParameters p;
    p.pmk = pmk;
    p.aa = bssid;
    p.spa = station;
    p.anonce.fill(std::byte{seed});
    p.snonce.fill(std::byte(0x80 + seed));
    p.replay_counter = counter;
    p.gtk.key.assign(16, std::byte(0x40 + seed));
    return p;
  }
  /// Request, response and a whole handshake, each EAPOL frame acknowledged.
  HandshakePdus associate(const HandshakeParameters& p) {
    assoc_request(p.rsne);
    assoc_response();
    HandshakePdus pdus = build_handshake(p).value();
    for (const bool from_access_point : {true, false}) {
      const auto& first = from_access_point ? pdus.m1 : pdus.m2;
      eapol(from_access_point, first);
      ack(from_access_point ? bssid : station);
    }
    for (const bool from_access_point : {true, false}) {
      const auto& second = from_access_point ? pdus.m3 : pdus.m4;
      eapol(from_access_point, second);
      ack(from_access_point ? bssid : station);
    }
    return pdus;
  }

  const Bytes& bytes() const { return bytes_; }
  Bytes& bytes() { return bytes_; }
  std::filesystem::path save(std::string_view name = "air.pcap") const {
    auto file = folder_.path() / name;
    write_file(file, bytes_);
    return file;
  }
  Air read() const { return read_air(save(), question()).value(); }
  std::uint16_t next(bool from_access_point) {
    return ++(from_access_point ? access_point_sequence_ : station_sequence_);
  }

 private:
  TestFolder folder_;
  Bytes bytes_;
  std::chrono::nanoseconds time_{};
  std::uint64_t number_ = 0;
  std::uint16_t access_point_sequence_ = 100;
  std::uint16_t station_sequence_ = 200;
};

}  // namespace postassoc
