#include "harness/air.h"

#include "harness/air_pair.h"
#include "harness/frames/capture_file.h"
#include "harness/frames/radiotap.h"

namespace postassoc {
namespace {

/// S1G frames have protocol version 1: sound, but none of ours.
bool is_protocol_version_1(ByteView frame) {
  return !frame.empty() && (std::to_integer<unsigned>(frame[0]) & 3U) == 1;
}

void read_frame(const CapturedFrame& captured, int link_type, Timestamp time, AirPair& pair,
                AirQuality& quality) {
  ByteView frame = captured.data;
  Radiotap radiotap;
  if (link_type == kLinkTypeRadiotap) {
    const auto parsed = parse_radiotap(frame);
    if (!parsed) {
      ++quality.undecodable;
      return;
    }
    radiotap = *parsed;
    if (radiotap.bad_fcs) {
      ++quality.bad_fcs;
      return;
    }
    frame = frame.subspan(radiotap.length);
  }
  if (is_protocol_version_1(frame)) {
    return;
  }
  const bool whole = captured.original_length <= captured.data.size();
  const auto dot11 = parse_dot11(frame, radiotap.has_fcs && whole, radiotap.data_pad);
  if (!dot11) {
    ++quality.undecodable;
    return;
  }
  pair.see(captured.number, time, *dot11);
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

Result<Air> read_air(const std::filesystem::path& file, const AirQuestion& question) {
  auto capture = CaptureFile::open(file);
  if (!capture) {
    return capture.error();
  }
  if (capture->link_type() == kLinkTypeEthernet) {
    return Error{Fault::invalid_input,
                 "is a capture of an Ethernet interface; the air needs radiotap or 802.11",
                 file.string()};
  }
  if (question.bssids.empty()) {
    return Error{Fault::invalid_input, "no BSSID was given to look for", file.string()};
  }
  Air air;
  AirPair pair(question, air);
  std::optional<Timestamp> previous;
  while (true) {
    const auto next = capture->next();
    if (!next && air.quality.frames == 0) {
      return next.error();
    }
    if (!next || !*next) {
      air.quality.truncated = !next || capture->truncated().has_value();
      break;
    }
    ++air.quality.frames;
    const CapturedFrame& captured = **next;
    const Timestamp time = captured.time - question.realtime_offset;
    air.quality.clock_backsteps += previous && time < *previous ? 1 : 0;
    previous = time;
    read_frame(captured, capture->link_type(), time, pair, air.quality);
  }
  return air;
}

}  // namespace postassoc
