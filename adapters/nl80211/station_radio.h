#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "harness/frames/bytes.h"
#include "harness/frames/mac_address.h"
#include "harness/frames/suites.h"
#include "harness/run/namespace.h"
#include "harness/run/task.h"

namespace postassoc {

class Nl80211Request;

/// A BSS as the scan found it.
struct FoundBss {
  MacAddress bssid;
  std::uint32_t frequency_mhz = 0;
  Bytes beacon;  ///< body of its last Beacon or Probe Response frame, fixed fields first
};

/// What an Association Request asks for.
struct JoinRequest {
  std::string ssid;
  FoundBss bss;
  std::optional<MacAddress> previous;  ///< BSS that it comes from: reassociation
  Bytes elements;                      ///< RSNE and others of the request
  Suite akm = 0;                       ///< 0: an open network
  Suite pairwise = 0;
  Suite group = 0;
  bool management_protection = false;
  bool control_port_in_clear = false;  ///< EAPOL is not encrypted even where there is a key
};

/// What came of it. `status` is IEEE 802.11's, of the frame that ended the attempt.
struct JoinResult {
  std::uint16_t status = 0;
  bool timed_out = false;  ///< no answer of the access point
  Bytes request;           ///< bodies of the frames, without MAC header; may be empty
  Bytes response;
};

/// A key as nl80211 takes it.
struct RadioKey {
  bool pairwise = false;
  MacAddress peer;  ///< of a pairwise key
  std::uint8_t index = 0;
  Suite cipher = 0;
  Bytes key;
  Bytes counter;  ///< receive counter, least significant octet first
};

/// A radio's station interface, driven through nl80211 as a supplicant drives it: scan,
/// authenticate (open system), associate with a control port over nl80211, EAPOL frames, keys,
/// port. The connection ends with this object.
class StationRadio {
 public:
  struct Handlers {
    /// An EAPOL frame; `is_protected`: it came encrypted.
    std::function<void(MacAddress from, std::uint16_t ethertype, ByteView payload,
                       bool is_protected)>
        on_frame;
    /// What became of a frame that send() gave this cookie.
    std::function<void(std::uint64_t cookie, bool acknowledged)> on_sent;
    /// A connection ended, told by the access point or by the kernel itself.
    std::function<void(bool by_access_point, bool disassociated, std::uint16_t reason)> on_left;
  };
  /// The interface is up, and nobody else drives it. An Error says what refuses.
  static Result<std::unique_ptr<StationRadio>> open(asio::any_io_executor executor,
                                                    const NetworkNamespace& where,
                                                    std::string interface, int index,
                                                    MacAddress own, Handlers handlers);
  ~StationRadio();

  /// Scans the one frequency until the BSS is found; Fault::timeout past `limit`.
  Task<FoundBss> find(std::string ssid, MacAddress bssid, int frequency_mhz,
                      std::chrono::nanoseconds limit);
  /// Authenticates and associates. A refusal is no Error. Error: the kernel refuses the request.
  Task<JoinResult> join(JoinRequest request);
  /// Deauthenticates; nothing where there is no connection. on_left is not told.
  Result<> leave(std::uint16_t reason);

  /// The cookie that on_sent tells of; 0: the kernel will not tell.
  Result<std::uint64_t> send(MacAddress to, std::uint16_t ethertype, ByteView payload,
                             bool in_clear);
  Result<> set_port(MacAddress peer, bool authorized);
  Result<> add_key(const RadioKey& key);
  Result<> delete_key(bool pairwise, MacAddress peer, std::uint8_t index);
  /// Of transmitted frames without a key of their own, or of management frames.
  Result<> set_default_key(std::uint8_t index, bool for_management);

 private:
  struct State;
  static Task<JoinResult> ask(std::shared_ptr<State> state, Nl80211Request request, int command,
                              std::string doing);
  static void describe(const JoinRequest& join, Nl80211Request& associate);
  static Bytes request_body(const JoinRequest& join, ByteView elements);
  static Result<std::optional<FoundBss>> scanned(State& state, MacAddress bssid);
  explicit StationRadio(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;  ///< tasks that wait hold it, too
};

}  // namespace postassoc
