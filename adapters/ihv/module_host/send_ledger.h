#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>

#include "adapters/ihv/abi/ihv_basic_types.h"
#include "adapters/ihv/module_host/fields.h"

namespace postassoc::module_host {

/// The packets between SendPacket and SendPacketCompletion.
class SendLedger {
 public:
  struct Packet {
    std::uint64_t number = 0;
    HANDLE handle = nullptr;
    bool buffer_changed = false;  ///< the module changed it in flight
  };

  std::uint64_t next_number() { return ++last_; }
  /// Whether a packet with this handle is in flight.
  bool is_open(HANDLE handle) const;
  /// The packet is in flight from here. `buffer` is the module's, `copy` what it holds now.
  void open(std::uint64_t number, HANDLE handle, const void* buffer, Octets copy);
  /// SendPacket returned with success.
  void accepted(std::uint64_t number);
  /// The packet did not leave: there will be no completion.
  void refused(std::uint64_t number);

  /// Waits for the return of SendPacket (at most 1 s), then for `delay_ms` unless hurried, and
  /// takes the packet out of the ledger; nothing when it is not there. To be completed by the
  /// caller.
  std::optional<Packet> take(std::uint64_t number, std::uint64_t delay_ms);

  bool in_flight(std::uint64_t number) const;
  /// The packets that nobody has completed yet.
  std::vector<std::uint64_t> in_flight() const;
  /// No delay from here on, or again as before.
  void hurry(bool on);

 private:
  struct Entry {
    HANDLE handle;
    const void* buffer;
    Octets copy;
    bool accepted = false;
  };
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::atomic<std::uint64_t> last_{0};
  std::map<std::uint64_t, Entry> open_;
  bool hurried_ = false;
};

}  // namespace postassoc::module_host
