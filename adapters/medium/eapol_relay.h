#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>

#include "harness/run/medium_engine.h"
#include "harness/run/namespace.h"
#include "harness/run/ports.h"

namespace postassoc {

/// What of a medium a rig with real radios can have: the EAPOL frames of the access point before
/// they are on the air. hostapd (built with testing options) hands them over by its control
/// interface (`SET ext_eapol_frame_io 1`, event EAPOL-TX) instead of sending them; as MediumEngine
/// decides, they are sent from the access point's interface. What the station says can't be had so:
/// hostapd 2.10 tells of it and takes it all the same.
///
/// hostapd's events have 2048 characters, so frames of more than about 1000 octets (EAP with
/// certificates) can't pass: such a frame is an event medium_overflow, the lab's fault.
///
/// Sources: hostapd src/ap/wpa_auth_glue.c, hostapd/ctrl_iface.c.
///
/// Events of the harness: medium_started {relay}, medium_action and medium_delivered (what
/// MediumEngine tells, with `relay` true and without `sequence`: the frame has none yet),
/// medium_stopped {frames, delivered}, medium_overflow {text}.
class EapolRelay final : public Medium {
 public:
  struct Options {
    std::string interface;  ///< the access point's
    NetworkNamespace network_namespace;
  };
  /// An Error (rig_unavailable): hostapd has no testing
  /// options, or no packet socket can be had.
  static Task<std::unique_ptr<EapolRelay>> start(MediumEngine engine, AccessPoint& access_point,
                                                 Options options, EventSink emit);
  ~EapolRelay() override;

  void replace(std::vector<medium::Rule> rules) override;
  void notice(const Event& event) override;
  void learn(const Bytes& pmk) override;
  std::vector<std::pair<std::string, std::string>> unmatched() const override;
  Task<> stop() override;

 private:
  struct State;
  explicit EapolRelay(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace postassoc
