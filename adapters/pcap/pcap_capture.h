#pragma once

#include <memory>
#include <string>

#include "harness/run/namespace.h"
#include "harness/run/ports.h"

namespace postassoc {

/// A live capture with libpcap, in immediate mode: each frame is handed over when it arrives, so
/// that a short run does not end with its frames in the kernel's buffer. Stamps are the kernel's,
/// in nanoseconds of CLOCK_REALTIME. Never promiscuous: capturing must not change what the device
/// accepts. A managed interface shows no EAPOL (it goes over nl80211): handshakes are captured on a
/// monitor interface.
///
/// Reports with witness host, once each: `interface_gone` {interface, text} when the interface
/// vanishes or the capture fails, `evidence_write_failed` {file, text}.
class PcapCapture final : public Capture {
 public:
  struct Options {
    std::string interface;
    NetworkNamespace network_namespace;  ///< of the interface
    Side side = Side::none;              ///< whose interface it is, for events
    std::string file;                    ///< name in the evidence
    /// A monitor interface: frames have a radiotap header. Otherwise Ethernet. The other kind is
    /// refused.
    bool monitor = true;
    /// Longest part of a frame that is kept. The kernel reserves a slot of this size for each frame
    /// on monitor interfaces: with 64 kB an 8 MB buffer would hold 128 frames, with this 1024. It
    /// is longer than the longest MPDU outside VHT.
    int snaplen = 7900;
    int buffer_bytes = 8 * 1024 * 1024;
  };

  /// Starts to capture and writes the file's header. An Error (rig_unavailable) says what is
  /// missing: interface, permission, monitor mode.
  static Result<std::unique_ptr<PcapCapture>> start(asio::any_io_executor executor,
                                                    const RunContext& context, Options options);
  ~PcapCapture() override;

  /// Frames are judged by their stamps, so a beacon that was captured before the call and read
  /// after it does not count. An Error: time-out, the capture has failed or was stopped.
  Task<> await_beacon(MacAddress bssid, std::chrono::nanoseconds limit) override;
  CaptureStats stats() const override;
  /// Takes in what is buffered, then closes.
  Task<> stop() override;

 private:
  struct State;
  explicit PcapCapture(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace postassoc
