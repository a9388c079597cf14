#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace postassoc {

enum class AwaitedEvent;

/// What a scenario asks of the medium: the air between the radios, as far as the rig can rule it.
namespace medium {

/// What a frame is. EAPOL-Key messages are told under encryption as well, where the keys are known.
enum class FrameWord {
  any,
  eapol,  ///< any EAPOL frame
  eapol_m1,
  eapol_m2,
  eapol_m3,
  eapol_m4,
  eapol_g1,
  eapol_g2,
  eapol_start,
  eapol_eap,
  auth,
  assoc_req,
  assoc_resp,
  reassoc_req,
  reassoc_resp,
  deauth,
  disassoc,
  action,
  data,  ///< carries an MSDU that is not known to be EAPOL
  null_data,
  beacon,
  probe_req,
  probe_resp,
  other,  ///< none of the above
};

/// Who transmits. The injector is whoever sends under an address that is not its radio's own.
enum class From { station, access_point, injector };

/// Which frames. `first` and `last` count, from 1, those that fit `frame` and `from`, since the
/// rule came into force; of those in between, each with this probability.
struct Match {
  FrameWord frame = FrameWord::any;
  std::optional<From> from;
  int first = 1;
  int last = std::numeric_limits<int>::max();
  std::optional<double> probability;
};

/// Nobody receives it. Acknowledged: the transmitter believes that it was received, as when the
/// loss is above the receiver's MAC.
struct Drop {
  bool acknowledged = true;
};
/// Acknowledged at once, received later.
struct Delay {
  std::chrono::milliseconds time{300};
};
/// Received, and `copies` more times, each `after` the one before.
struct Duplicate {
  int copies = 1;
  std::chrono::milliseconds after{0};
};
/// Received after the next frame that fits the rule's `frame` and `from`.
struct Reorder {};
enum class KeyField { key_info, replay_counter, nonce, rsc, mic, key_data };
/// Received with one bit inverted. With a field: the lowest bit of its last octet in the EAPOL-Key
/// frame. Else a bit of an octet of the frame's body: what follows the MAC header, of an EAPOL
/// frame the EAPOL PDU. What is inside a protected frame is encrypted anew, so that it is still
/// authentic to the receiver's MAC.
struct Corrupt {
  std::optional<KeyField> field;
  int octet = 0;
  int bit = 0;
};
/// Received when the event comes; without one, at the next `medium` step.
struct Hold {
  std::optional<AwaitedEvent> until;
};
using Action = std::variant<Drop, Delay, Duplicate, Reorder, Corrupt, Hold>;

struct Rule {
  Match match;
  Action action;
  std::string pointer;  ///< JSON pointer in the scenario file, "/medium/rules/0"
};
/// Gilbert's and Elliott's channel: before each frame of a link a burst begins or ends with these
/// probabilities; within one a frame is lost with the third.
struct Burst {
  double begins = 0;
  double ends = 1;
  double loses = 1;
};
/// Frames that fit are lost on the air, not acknowledged: on each link by chance of its own.
struct Loss {
  Match match;  ///< its probability is that of a loss outside a burst
  std::optional<Burst> burst;
  std::string pointer;  ///< "/medium/loss/0"
};

/// "eapol.m3"
std::string_view to_string(FrameWord word);
std::string_view to_string(From from);
/// "drop", "delay", ...
std::string_view word_of(const Action& action);
/// The frame is, or may be counted as, what the word says: every message is also `eapol`.
bool fits(FrameWord wanted, FrameWord frame);
/// For people: "drop eapol.m3 from access_point".
std::string describe(const Rule& rule);

}  // namespace medium

/// All of it. The first rule that acts on a frame decides; losses come after the rules. Each chance
/// follows from the seed, the rule, the link, and the number of frames of the kind before, so that
/// the same frames meet the same fate whatever goes on beside them.
struct MediumSpec {
  std::uint64_t seed = 1;
  std::vector<medium::Loss> losses;
  std::vector<medium::Rule> rules;
};

}  // namespace postassoc
