#include "adapters/pcap/pcap_capture.h"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <ctime>
#include <list>
#include <optional>

#include "adapters/pcap/pcap_handle.h"
#include "harness/frames/air_frame.h"
#include "harness/frames/pcap_format.h"

namespace postassoc {
namespace {

constexpr int kBatch = 512;  ///< frames taken in before other tasks get their turn

std::chrono::nanoseconds realtime_now() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

/// One task that waits for a beacon; lives on that task's frame.
struct BeaconWait {
  MacAddress bssid;
  std::chrono::nanoseconds after;  ///< CLOCK_REALTIME
  asio::steady_timer wake;
  bool seen = false;
};

}  // namespace

struct PcapCapture::State : std::enable_shared_from_this<State> {
  State(asio::any_io_executor executor, const RunContext& context, Options with_options,
        PcapHandle with_handle)
      : options(std::move(with_options)),
        emit(context.emit),
        evidence(context.evidence),
        handle(std::move(with_handle)),
        link_type(pcap_datalink(handle.get())),
        readable(executor, pcap_get_selectable_fd(handle.get())) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { close(); }

  Options options;
  EventSink emit;
  EvidenceWriter& evidence;
  PcapHandle handle;
  int link_type;
  asio::posix::stream_descriptor readable;
  std::list<BeaconWait*> waits;
  Bytes batch;
  CaptureStats stats;
  std::optional<Error> failure;  ///< why nothing is captured any more

  void take(const pcap_pkthdr& header, ByteView frame) {
    // With nanosecond precision tv_usec holds nanoseconds.
    const auto time =
        std::chrono::seconds(header.ts.tv_sec) + std::chrono::nanoseconds(header.ts.tv_usec);
    const Bytes record = pcap_record_header(time, header.caplen, header.len);
    batch.insert(batch.end(), record.begin(), record.end());
    batch.insert(batch.end(), frame.begin(), frame.end());
    ++stats.received;
    if (!waits.empty()) {
      look_for_beacon(time, frame);
    }
  }
  void look_for_beacon(std::chrono::nanoseconds time, ByteView frame) {
    const auto air = parse_air_frame(link_type, frame);
    if (!air || !air->dot11.is_beacon() || air->link.bad_fcs) {
      return;
    }
    const auto bssid = air->dot11.bssid();
    for (BeaconWait* wait : waits) {
      if (bssid == wait->bssid && time > wait->after) {
        wait->seen = true;
        wait->wake.cancel();
      }
    }
  }
  /// Takes in one batch; how many frames it had, nothing when the capture has failed.
  std::optional<int> dispatch() {
    const auto callback = [](u_char* self, const pcap_pkthdr* header, const u_char* bytes) {
      reinterpret_cast<State*>(self)->take(
          *header, std::as_bytes(std::span(bytes, std::size_t{header->caplen})));
    };
    const int count =
        pcap_dispatch(handle.get(), kBatch, callback, reinterpret_cast<u_char*>(this));
    const std::string text = count < 0 ? pcap_geterr(handle.get()) : "";
    write_batch();
    if (count < 0) {
      fail("interface_gone", {{"interface", options.interface}, {"text", text}},
           {Fault::lab, "the capture broke off: " + text, options.interface});
      return std::nullopt;
    }
    return count;
  }
  void write_batch() {
    if (batch.empty()) {
      return;
    }
    auto written = evidence.append(options.file, batch);
    batch.clear();
    if (!written) {
      fail("evidence_write_failed", {{"file", options.file}, {"text", to_string(written.error())}},
           written.error());
    }
  }
  void fail(std::string name, nlohmann::json detail, Error error) {
    if (failure) {
      return;
    }
    failure = std::move(error);
    for (BeaconWait* wait : waits) {
      wait->wake.cancel();
    }
    emit({monotonic_now(), {}, Witness::host, options.side, std::move(name), std::move(detail)});
  }
  /// Keeps itself alive until the capture is closed or fails.
  void read() {
    readable.async_wait(asio::posix::stream_descriptor::wait_read,
                        [self = shared_from_this()](auto error) {
                          if (!error && self->handle && self->dispatch() && !self->failure) {
                            self->read();
                          }
                        });
  }
  void drain() {
    while (handle && !failure && dispatch().value_or(0) > 0) {
    }
  }
  void update_drops() {
    pcap_stat now{};
    if (handle && pcap_stats(handle.get(), &now) == 0) {
      stats.dropped_by_kernel = now.ps_drop;
      stats.dropped_by_interface = now.ps_ifdrop;
    }
  }
  void close() {
    if (!handle) {
      return;
    }
    update_drops();
    readable.release();  // the descriptor is libpcap's
    handle.reset();
    for (BeaconWait* wait : waits) {
      wait->wake.cancel();
    }
  }
};

PcapCapture::PcapCapture(std::shared_ptr<State> state) : state_(std::move(state)) {}

PcapCapture::~PcapCapture() {
  state_->close();
}

Result<std::unique_ptr<PcapCapture>> PcapCapture::start(asio::any_io_executor executor,
                                                        const RunContext& context,
                                                        Options options) {
  auto handle = open_live_handle(options);
  if (!handle) {
    return handle.error();
  }
  auto state =
      std::make_shared<State>(std::move(executor), context, std::move(options), std::move(*handle));
  if (auto written =
          context.evidence.append(state->options.file, pcap_file_header(state->link_type));
      !written) {
    return written.error();
  }
  state->read();
  return std::unique_ptr<PcapCapture>(new PcapCapture(std::move(state)));
}

Task<> PcapCapture::await_beacon(MacAddress bssid, std::chrono::nanoseconds limit) {
  const auto state = state_;
  if (state->failure) {
    co_return *state->failure;
  }
  if (!state->handle) {
    co_return Error{Fault::lab, "the capture was stopped", state->options.interface};
  }
  BeaconWait wait{bssid, realtime_now(),
                  asio::steady_timer(co_await asio::this_coro::executor, limit)};
  struct Registration {
    std::list<BeaconWait*>& waits;
    BeaconWait* wait;
    ~Registration() { waits.remove(wait); }
  };
  state->waits.push_back(&wait);
  const Registration registration{state->waits, &wait};
  const auto [error] = co_await wait.wake.async_wait(kNoThrow);
  if (wait.seen) {
    co_return Result<>{};
  }
  if (state->failure) {
    co_return *state->failure;
  }
  if (error) {
    co_return Error{Fault::interrupted, "stopped waiting for a beacon", state->options.interface};
  }
  co_return Error{Fault::timeout,
                  "no beacon of " + to_string(bssid) + " was captured within " + to_ms_text(limit) +
                      " ms (" + std::to_string(state->stats.received) +
                      " frames in all): is the access point up, on the same channel, in range?",
                  state->options.interface};
}

CaptureStats PcapCapture::stats() const {
  state_->update_drops();
  return state_->stats;
}

Task<> PcapCapture::stop() {
  const auto state = state_;
  state->drain();
  state->close();
  if (state->failure) {
    co_return *state->failure;
  }
  co_return Result<>{};
}

}  // namespace postassoc
