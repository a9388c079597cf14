#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "harness/run/medium_engine.h"
#include "harness/run/ports.h"

namespace postassoc {

/// The medium of mac80211_hwsim's radios (generic netlink, family MAC80211_HWSIM): every frame that
/// a radio of this network namespace's group transmits comes here, is acknowledged or not, and goes
/// to the radios that receive it, as MediumEngine decides. Radios that were created here and live
/// in another namespace now are among them. The kernel's own medium is back as soon as the socket
/// is closed.
///
/// Sources: Linux drivers/net/wireless/mac80211_hwsim.h (commands, attributes) and .c.
///
/// Events of the harness: medium_started {radios}, medium_action and medium_delivered (what
/// MediumEngine tells), medium_stopped {frames, acknowledged, delivered}.
class HwsimMedium final : public Medium {
 public:
  /// To be called while the radios are in this namespace: they are asked for here. An Error
  /// (rig_unavailable): no mac80211_hwsim, no permission, another program is the medium.
  static Result<std::unique_ptr<HwsimMedium>> start(const asio::any_io_executor& executor,
                                                    MediumEngine engine, EventSink emit);
  ~HwsimMedium() override;

  void replace(std::vector<medium::Rule> rules) override;
  void notice(const Event& event) override;
  void learn(const Bytes& pmk) override;
  std::vector<std::pair<std::string, std::string>> unmatched() const override;
  Task<> stop() override;

 private:
  struct State;
  explicit HwsimMedium(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace postassoc
