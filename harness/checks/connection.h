#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/checks/kernel_events.h"
#include "harness/evidence.h"

/// How a connection ended, and what the station's kernel made of it.
namespace postassoc::checks {

/// Why an association is over.
struct Loss {
  const Association* association = nullptr;  ///< null when only the station tells of it
  Timestamp time{};
  std::uint64_t frame = 0;       ///< of the deauthentication or disassociation; 0: none
  const Event* event = nullptr;  ///< of the supplicant or the host, where one told
  bool by_access_point = false;
  /// The station knows of it: it sent the frame, acknowledged it, or told of it itself.
  bool noticed = false;
  std::string text;  ///< "the access point's deauthentication (frame 50)"
};
/// The station's interface went away, or a step set it down.
bool is_removal(const Event& event);
/// By frames on the air; CTRL-EVENT-DISCONNECTED where no frame is within a second of it; the
/// station's interface gone. In order of time.
std::vector<Loss> losses(const Evidence& evidence);
/// A step asked for it (to leave, to associate anew, to throw the station out), or the steps were
/// over. True as well when the evidence names no step: nobody can tell.
bool asked_for(const Evidence& evidence, const Loss& loss);

/// The end of an association that came up to `until` though nobody had asked for it; nothing when
/// it lasted, or when a step had asked.
std::optional<Loss> ended_unasked(const Evidence& evidence, const Association& association,
                                  Timestamp until);

/// Whether the port of that session was open at a time.
bool open_at(const PortSession& session, Timestamp time);
/// The last session that had begun by then; null when there is none.
const PortSession* session_at(const std::vector<PortSession>& sessions, Timestamp time);
/// When the port that was open at `time`, or shortly before, closed; nothing when it did not.
std::optional<Timestamp> closed_after_opening(const PortSession& session, Timestamp time);

/// That the station's kernel trace tells of a station entry that goes away: without drv_sta_state a
/// port that does not close, or a key that stays, proves nothing.
bool tells_leaving(const Evidence& evidence);
/// Up to when the station's kernel trace tells.
Timestamp trace_end(const Evidence& evidence);
/// The association that was going on at a time; null between them.
const Association* association_at(const Evidence& evidence, Timestamp time);
/// The first association that begins after a time.
const Association* association_after(const Evidence& evidence, Timestamp time);
/// "step_started" events of steps with this word, in order.
std::vector<const Event*> steps_begun(const Evidence& evidence, std::string_view word);

}  // namespace postassoc::checks
