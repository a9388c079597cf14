#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <memory>
#include <string>

#include "harness/run/namespace.h"
#include "harness/run/ports.h"

namespace postassoc {

/// Sends frames from a monitor interface that is up and on the right channel, through a packet
/// socket. The kernel is told to leave the sequence number as it is built (radiotap TX flag 0x10).
class MonitorInjector final : public Injector {
 public:
  struct Options {
    std::string interface;
    NetworkNamespace network_namespace;
  };
  /// An Error (rig_unavailable): no such interface, not in monitor mode, not up, no permission.
  static Result<std::unique_ptr<MonitorInjector>> open(const asio::any_io_executor& executor,
                                                       Options options);

  /// Hands the frame to the kernel. That it went out is shown by the air capture only.
  Task<> inject(ByteView frame, std::optional<double> rate_mbps) override;

 private:
  MonitorInjector(const asio::any_io_executor& executor, Options options, int fd);
  Options options_;
  asio::posix::stream_descriptor socket_;
};

}  // namespace postassoc
