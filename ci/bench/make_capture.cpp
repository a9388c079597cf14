#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <vector>

#include "harness/air_test_capture.h"

/// make_capture FILE [HANDSHAKES]: writes a capture with radiotap of one WPA2-PSK network: its
/// beacons, the associations of 30 stations at a time, and CCMP-protected data of all of them
/// interleaved, each frame acknowledged, now and then a group frame. 90 handshakes (the default)
/// make about 400 MB and 475,000 frames. What is encrypted is really encrypted: any decoder that
/// gets the passphrase can check it. Prints SSID, passphrase and the number of frames.
namespace postassoc {
namespace {

constexpr const char* kSsid = "net";  // TestCapture's
constexpr const char* kPassphrase = "postassoc benchmark";
constexpr int kStationsAtATime = 30;
constexpr int kDataFrames = 2600;  // of each association
constexpr int kGroupEvery = 50;    // data frames
constexpr int kBeaconEvery = 80;   // data frames, each with its ACK a millisecond: about 100 TU
constexpr std::size_t kPayload = 1500;

struct Session {
  MacAddress station;
  Ptk ptk;
  std::uint64_t pn_down = 0, pn_up = 0;
  std::uint16_t sequence_down = 0, sequence_up = 0;
};

class Generator {
 public:
  explicit Generator(const char* file) : out_(file, std::ios::binary) {
    capture_.pmk = pmk_from_passphrase(kPassphrase, kSsid).value();
  }

  std::uint64_t run(int handshakes) {
    for (int done = 0; done < handshakes; done += kStationsAtATime) {
      round(done, std::min(kStationsAtATime, handshakes - done));
    }
    flush();
    return frames_;
  }

 private:
  void round(int first, int stations) {
    std::vector<Session> sessions;
    for (int i = 0; i < stations; ++i) {
      sessions.push_back(associate(i, first + i));
    }
    for (int i = 0; i < kDataFrames; ++i) {
      for (Session& session : sessions) {
        data(session, i % 4 == 0);
      }
    }
    for (const Session& session : sessions) {
      capture_.station = session.station;
      frames_ = capture_.deauthentication(false, 3);
    }
    flush();
  }

  Session associate(int station, int handshake) {
    Session session;
    session.station = {{2, 0, 0, 0, 2, static_cast<std::uint8_t>(station)}};
    capture_.station = session.station;
    capture_.beacon();
    HandshakeParameters parameters = capture_.parameters(1);
    for (std::size_t i = 0; i < 4; ++i) {
      parameters.anonce[i] = static_cast<std::byte>(handshake >> (8 * i));
      parameters.snonce[i] = static_cast<std::byte>(handshake >> (8 * i));
    }
    gtk_ = parameters.gtk;
    session.ptk = capture_.associate(parameters).ptk;
    session.sequence_down = capture_.next(true);
    session.sequence_up = capture_.next(false);
    return session;
  }

  void data(Session& session, bool up) {
    capture_.station = session.station;
    DataHeader header = capture_.header(!up);
    header.sequence_number = (up ? ++session.sequence_up : ++session.sequence_down) & 0xfff;
    const Bytes payload(kPayload, std::byte{0x45});
    capture_.encrypted(header, session.ptk.tk, up ? ++session.pn_up : ++session.pn_down, 0x0800,
                       payload);
    capture_.ack(up ? capture_.bssid : session.station);
    if (++data_frames_ % kGroupEvery == 0) {
      group();
    }
    if (data_frames_ % kBeaconEvery == 0) {
      capture_.beacon();
      flush();
    }
  }

  void group() {
    DataHeader header = capture_.header(true);
    header.da = kBroadcast;
    header.qos_control.reset();
    capture_.encrypted(header, gtk_.key, ++group_pn_, 0x0806, Bytes(28, std::byte{1}), gtk_.key_id);
  }

  void flush() {
    const Bytes& bytes = capture_.bytes();
    out_.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    capture_.bytes().clear();
    if (!out_) {
      throw std::runtime_error("the capture can't be written");
    }
  }

  std::ofstream out_;
  TestCapture capture_;
  GtkKde gtk_;
  std::uint64_t group_pn_ = 0;
  std::uint64_t data_frames_ = 0;
  std::uint64_t frames_ = 0;
};

}  // namespace
}  // namespace postassoc

int main(int argc, char** argv) {
  const int handshakes = argc == 3 ? std::atoi(argv[2]) : 90;
  if (argc < 2 || argc > 3 || handshakes < 1) {
    std::fprintf(stderr, "usage: %s FILE [HANDSHAKES]\n", argv[0]);
    return 4;
  }
  try {
    const auto frames = postassoc::Generator(argv[1]).run(handshakes);
    std::printf("%s\t%s\t%llu\n", postassoc::kSsid, postassoc::kPassphrase,
                static_cast<unsigned long long>(frames));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", argv[1], error.what());
    return 70;
  }
}
