#include "harness/frames/capture_file.h"

#include <pcap/pcap.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/frames/capture_stream.h"
#include "harness/frames/pcapng_interfaces.h"

namespace postassoc {
namespace {

/// Seconds since the epoch: the year 2106, where a pcap file's stamps end. pcapng has longer ones,
/// whose differences would not fit into nanoseconds.
constexpr std::int64_t kLatest = 0xffff'ffff;

struct ClosePcap {
  void operator()(pcap_t* capture) const { pcap_close(capture); }
};

/// libpcap has one return value for every failure; its text tells a file that just ends.
bool says_truncated(std::string_view message) {
  return message.find("truncated") != std::string_view::npos;
}

/// libpcap refuses the second interface of a file for one of two differences.
bool says_interfaces_differ(std::string_view message) {
  return message.find("of the first interface") != std::string_view::npos;
}

std::string describe(const std::vector<PcapngInterface>& interfaces) {
  constexpr std::size_t kMostNamed = 8;
  std::string text;
  for (std::size_t id = 0; id < std::min(interfaces.size(), kMostNamed); ++id) {
    text += (id == 0 ? "" : ", ") + std::to_string(id) + ": " +
            link_type_to_string(interfaces[id].link_type) + " (link type " +
            std::to_string(interfaces[id].link_type) + ", snapshot length " +
            std::to_string(interfaces[id].snap_length) + ")";
  }
  return interfaces.size() > kMostNamed ? text + ", ..." : text;
}

/// What differs, and the commands that give a file of one interface.
Error interfaces_differ(const std::string& path, std::uint64_t frames_read) {
  std::vector<PcapngInterface> interfaces;
  if (const auto stream = open_capture_stream(path)) {
    interfaces = list_pcapng_interfaces(stream->file);
    std::fclose(stream->file);
  }
  return {
      Fault::invalid_input,
      "after frame " + std::to_string(frames_read) +
          ": the interfaces of this pcapng file differ (" + describe(interfaces) +
          "); make a file of one: tshark -r IN -Y 'frame.interface_id == 0' -w ONE.pcapng, then "
          "editcap -F nsecpcap -T ENCAPSULATION ONE.pcapng OUT.pcap (ENCAPSULATION: "
          "ieee-802-11-radiotap, ieee-802-11, ppi or ether)",
      path};
}

}  // namespace

struct CaptureFile::State {
  CaptureStream stream;  // before `capture`, which reads from its buffer until it is closed
  std::unique_ptr<pcap_t, ClosePcap> capture;
  std::string path;
  int link_type = 0;
  std::uint64_t frames_read = 0;
  bool at_end = false;
  std::optional<std::string> truncated;
};

CaptureFile::CaptureFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
CaptureFile::CaptureFile(CaptureFile&&) noexcept = default;
CaptureFile& CaptureFile::operator=(CaptureFile&&) noexcept = default;
CaptureFile::~CaptureFile() = default;

Result<CaptureFile> CaptureFile::open(const std::filesystem::path& path) {
  char why[PCAP_ERRBUF_SIZE] = "";
  auto state = std::make_unique<State>();
  state->path = path.string();
  auto stream = open_capture_stream(path);
  if (!stream) {
    return stream.error();
  }
  state->stream = std::move(*stream);
  FILE* file = state->stream.file;
  state->capture.reset(
      pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, why));
  if (!state->capture) {
    std::fclose(file);
    const auto& broken = *state->stream.broken;
    return Error{Fault::invalid_input,
                 "cannot be read as a capture: " + (broken ? *broken : std::string(why)),
                 state->path};
  }
  state->link_type = pcap_datalink(state->capture.get());
  if (!carries_dot11(state->link_type) && !is_of_a_netdev(state->link_type)) {
    return Error{Fault::invalid_input,
                 "has link type " + std::to_string(state->link_type) +
                     ", which is not read: radiotap (127), 802.11 (105), PPI (192), Prism (119), "
                     "AVS (163), Ethernet (1) and Linux cooked (113, 276) are",
                 state->path};
  }
  return CaptureFile(std::move(state));
}

Result<std::optional<CapturedFrame>> CaptureFile::next() {
  if (state_->at_end) {
    return std::optional<CapturedFrame>{};
  }
  pcap_pkthdr* header = nullptr;
  const u_char* data = nullptr;
  const int read = pcap_next_ex(state_->capture.get(), &header, &data);
  if (read == 1) {
    CapturedFrame frame;
    frame.number = ++state_->frames_read;
    // The stamp's microseconds hold nanoseconds: the file was opened with that precision.
    frame.time = std::chrono::seconds(std::clamp<std::int64_t>(header->ts.tv_sec, 0, kLatest)) +
                 std::chrono::nanoseconds(header->ts.tv_usec);
    frame.data = std::as_bytes(std::span(data, header->caplen));
    frame.original_length = header->len;
    return std::optional<CapturedFrame>(frame);
  }
  state_->at_end = true;
  const auto& broken = *state_->stream.broken;
  const std::string message = read == PCAP_ERROR_BREAK ? "" : pcap_geterr(state_->capture.get());
  const std::string place = "after frame " + std::to_string(state_->frames_read) + ": ";
  if (broken) {
    state_->truncated = place + *broken;
  } else if (says_truncated(message)) {
    state_->truncated = place + message;
  } else if (says_interfaces_differ(message)) {
    return interfaces_differ(state_->path, state_->frames_read);
  } else if (read != PCAP_ERROR_BREAK) {
    return Error{Fault::invalid_input, place + message, state_->path};
  }
  return std::optional<CapturedFrame>{};
}

int CaptureFile::link_type() const {
  return state_->link_type;
}
const std::optional<std::string>& CaptureFile::truncated() const {
  return state_->truncated;
}

}  // namespace postassoc
