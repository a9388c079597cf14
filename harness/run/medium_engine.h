#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/medium_rules.h"
#include "harness/run/medium_chance.h"
#include "harness/run/medium_view.h"
#include "harness/timeline.h"

namespace postassoc {

/// A radio that could receive.
struct MediumReceiver {
  int radio = 0;
  MacAddress address;  ///< of its interface
};

/// A frame that a radio puts on the air: 802.11 header and body, no FCS.
struct MediumTransmission {
  Timestamp time{};
  ByteView frame;
  bool own_address = true;  ///< the transmitter address is the radio's own
  int frequency_mhz = 0;    ///< handed on
  /// What it is, where the caller knows that better than who saw the frames go by.
  std::optional<MediumSight> sight;
  std::vector<MediumReceiver> receivers;
  /// The receiver that RA names is there and listens. Without it nothing is acknowledged.
  bool addressee_there = false;
};

/// A frame to give to radios.
struct MediumDelivery {
  Timestamp at{};  ///< not before
  Bytes frame;
  int frequency_mhz = 0;
  std::vector<int> radios;
  /// Of one that does not come at once: what `medium_delivered` tells; else null.
  nlohmann::json detail;
};

struct MediumDecision {
  bool acknowledged = false;
  std::vector<MediumDelivery> deliveries;
  /// Each the detail of an event `medium_action`:
  /// {pointer, action, frame, occurrence, from, transmitter, receiver, sequence, length, protected,
  ///  acknowledged} and, by action, delay_ns; copies, after_ns; octet, bit (and field); until.
  /// `sequence` is the 12-bit sequence number. A group frame that some receivers lose has
  /// `lost_by`, their addresses.
  std::vector<nlohmann::json> actions;
};

/// What becomes of each frame, by a scenario's rules. Pure: no clock, no I/O; who calls it delivers
/// and tells. An EAPOL frame is one of its session, see MediumView.
class MediumEngine {
 public:
  MediumEngine(MediumSpec spec, std::vector<Bytes> pmks);

  MediumDecision transmit(const MediumTransmission& sent);
  /// What was held until this event.
  std::vector<MediumDelivery> notice(const Event& event);
  /// Puts other rules in force; what the old ones held back is returned.
  std::vector<MediumDelivery> replace(std::vector<medium::Rule> rules, Timestamp now);
  void learn(const Bytes& pmk) { view_.learn(pmk); }
  /// Sentences, one for each rule (or loss) in force that no frame has fitted.
  std::vector<std::pair<std::string, std::string>> unmatched() const;

 private:
  struct Held {
    std::size_t rule = 0;
    std::optional<AwaitedEvent> until;
    bool reordered = false;  ///< until the next frame that fits
    Timestamp since{};
    MediumDelivery delivery;
  };
  struct Counted {
    int fitted = 0;
    int acted = 0;
  };
  struct Frame;

  bool acts(const medium::Match& match, Counted& counted, std::size_t place, const Frame& frame,
            bool decided);
  bool apply(std::size_t rule, const Frame& frame, MediumDecision& decision);
  bool corrupt(const medium::Corrupt& how, const Frame& frame, nlohmann::json& told, Bytes& bytes);
  void lose(const Frame& frame, MediumDecision& decision);
  bool is_lost(std::size_t loss, const Frame& frame, const MacAddress& to);
  void hold(Held held, MediumDecision& decision);
  MediumDelivery release(Held held, Timestamp now, std::string_view why) const;

  MediumSpec spec_;
  MediumView view_;
  MediumChance chance_;
  std::vector<Counted> rules_;
  std::vector<Counted> losses_;
  std::vector<Held> held_;
  std::size_t generation_ = 0;  ///< of the rules: each has dice of its own
};

}  // namespace postassoc
