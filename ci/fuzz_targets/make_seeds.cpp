#include <cstdio>
#include <fstream>
#include <iterator>

#include "ci/fuzz_targets/parts.h"
#include "harness/frames/air_frame.h"
#include "harness/frames/capture_file.h"
#include "harness/frames/msdu.h"

/// make_seeds FOLDER: the seed corpus of each target, made from fixtures/ and scenarios/, in
/// FOLDER/TARGET.
namespace postassoc::fuzz {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFramesOfACapture = 60;
constexpr std::size_t kBeaconsOfACapture = 2;
constexpr std::size_t kLongestSeed = 32768;

class Seeds {
 public:
  explicit Seeds(fs::path folder) : folder_(std::move(folder)) {}

  void add(const char* target, ByteView seed) {
    fs::create_directories(folder_ / target);
    std::ofstream out(folder_ / target / ("seed-" + std::to_string(++number_)), std::ios::binary);
    out.write(reinterpret_cast<const char*>(seed.data()),
              static_cast<std::streamsize>(std::min(seed.size(), kLongestSeed)));
  }

 private:
  fs::path folder_;
  std::size_t number_ = 0;
};

Bytes content(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const ByteView bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

void add_eapol(const Dot11& frame, Seeds& seeds) {
  const auto msdus = frame.is_data() && !frame.protected_frame
                         ? parse_msdus(frame, frame.body)
                         : Result<std::vector<Msdu>>(std::vector<Msdu>{});
  for (const Msdu& msdu : msdus ? *msdus : std::vector<Msdu>{}) {
    if (msdu.ethertype == kEthertypeEapol) {
      seeds.add("eapol", msdu.payload);
    }
  }
}

/// The frames of a capture by themselves, and together for the target `air`.
void add_frames(const fs::path& path, Seeds& seeds) {
  auto file = CaptureFile::open(path);
  if (!file) {
    return;
  }
  std::vector<Bytes> kept;
  std::size_t beacons = 0;
  for (auto next = file->next(); next && *next && kept.size() < kFramesOfACapture;
       next = file->next()) {
    const ByteView data = (*next)->data;
    const auto frame = parse_air_frame(file->link_type(), data);
    if (!frame || (frame->dot11.is_beacon() && ++beacons > kBeaconsOfACapture)) {
      continue;
    }
    kept.emplace_back(data.begin(), data.end());
    seeds.add("frame", data);
    add_eapol(frame->dot11, seeds);
  }
  if (file->link_type() == kLinkTypeRadiotap) {
    seeds.add("air", join(PartsFormat::frames, kept));
  }
}

void add_lines(const fs::path& path, const char* target, std::size_t most, Seeds& seeds) {
  for (const Bytes& line : split(PartsFormat::lines, content(path))) {
    if (most-- == 0) {
      return;
    }
    seeds.add(target, line);
  }
}

void add_file(const fs::path& path, Seeds& seeds) {
  const std::string name = path.filename().string();
  if (name.find(".pcap") != std::string::npos) {
    seeds.add("capture", content(path));
    add_frames(path, seeds);
  } else if (name == "timeline.jsonl") {
    seeds.add("timeline", content(path));
  } else if (name.ends_with(".log")) {
    add_lines(path, "control_reply", 50, seeds);
  } else if (name.ends_with(".json") && path.string().find("evidence") == std::string::npos) {
    seeds.add("scenario", content(path));
  }
}

}  // namespace
}  // namespace postassoc::fuzz

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
    return 4;
  }
  using namespace postassoc::fuzz;
  Seeds seeds(argv[1]);
  for (const char* folder : {"fixtures", "scenarios"}) {
    for (const auto& entry :
         fs::recursive_directory_iterator(fs::path(POSTASSOC_SOURCE_DIR) / folder)) {
      if (entry.is_regular_file()) {
        add_file(entry.path(), seeds);
      }
    }
  }
  for (const char* line :
       {"<3>CTRL-EVENT-DISCONNECTED bssid=02:00:00:00:00:00 reason=3 locally_generated=1",
        "<3>AP-STA-CONNECTED 02:00:00:00:01:00", "bssid=02:00:00:00:00:00\nwpa_state=COMPLETED\n",
        "CPU:0 [LOST 123 EVENTS]",
        " hostapd-104 [000] .....     3.576950: rdev_add_key: phy0, netdev:wlan0(2), key_index: 0, "
        "mode: 0, pairwise: true, mac addr: 02:00:00:00:01:00",
        " hostapd-104 [000] .....     3.576950: key_link: (ieee80211_add_key+0x1/0x2 <- "
        "ieee80211_key_link) ret=0"}) {
    seeds.add("control_reply", postassoc::as_bytes(line));
  }
}
