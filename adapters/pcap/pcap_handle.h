#pragma once

#include <pcap/pcap.h>

#include <memory>

#include "adapters/pcap/pcap_capture.h"

namespace postassoc {

struct CloseHandle {
  void operator()(pcap_t* handle) const { pcap_close(handle); }
};
using PcapHandle = std::unique_ptr<pcap_t, CloseHandle>;

/// An active, non-blocking handle of the link type that the options ask for; opened in their
/// network namespace.
Result<PcapHandle> open_live_handle(const PcapCapture::Options& options);

}  // namespace postassoc
