#include "harness/frames/capture_file.h"

#include <pcap/pcap.h>

#include <string_view>
#include <utility>

namespace postassoc {
namespace {

struct ClosePcap {
  void operator()(pcap_t* capture) const { pcap_close(capture); }
};

bool is_known(int link_type) {
  return link_type == kLinkTypeRadiotap || link_type == kLinkTypeDot11 ||
         link_type == kLinkTypeEthernet;
}

/// libpcap has one return value for every failure; its text tells a file that just ends.
bool says_truncated(std::string_view message) {
  return message.find("truncated") != std::string_view::npos;
}

}  // namespace

struct CaptureFile::State {
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
  state->capture.reset(pcap_open_offline_with_tstamp_precision(state->path.c_str(),
                                                               PCAP_TSTAMP_PRECISION_NANO, why));
  if (!state->capture) {
    return Error{Fault::invalid_input, std::string("cannot be read as a capture: ") + why,
                 state->path};
  }
  state->link_type = pcap_datalink(state->capture.get());
  if (!is_known(state->link_type)) {
    return Error{Fault::invalid_input,
                 "has link type " + std::to_string(state->link_type) +
                     ", not radiotap (127), 802.11 (105) or Ethernet (1)",
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
    frame.time =
        std::chrono::seconds(header->ts.tv_sec) + std::chrono::nanoseconds(header->ts.tv_usec);
    const ByteView bytes = std::as_bytes(std::span(data, header->caplen));
    frame.data.assign(bytes.begin(), bytes.end());
    frame.original_length = header->len;
    return std::optional<CapturedFrame>(std::move(frame));
  }
  state_->at_end = true;
  if (read == PCAP_ERROR_BREAK) {
    return std::optional<CapturedFrame>{};
  }
  const std::string why = "after frame " + std::to_string(state_->frames_read) + ": " +
                          pcap_geterr(state_->capture.get());
  if (says_truncated(why)) {
    state_->truncated = why;
    return std::optional<CapturedFrame>{};
  }
  return Error{Fault::invalid_input, why, state_->path};
}

int CaptureFile::link_type() const {
  return state_->link_type;
}
const std::optional<std::string>& CaptureFile::truncated() const {
  return state_->truncated;
}

}  // namespace postassoc
