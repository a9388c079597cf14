#include "harness/checks/retry_schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "harness/checks/air_view.h"
#include "harness/checks/provocations.h"

namespace postassoc::checks {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr std::uint16_t kReasonHandshakeTimeout = 15;       // IEEE 802.11-2020, table 9-49
constexpr std::uint16_t kReasonGroupHandshakeTimeout = 16;  // likewise
constexpr nanoseconds kLater = std::chrono::seconds(1);
/// hostapd gives a group key handshake up after 3.5 s: what comes later begins another.
constexpr nanoseconds kGroupHandshake = milliseconds(3500);

struct Kind {
  KeyMessage message;
  KeyMessage answer;
  std::string_view command;  ///< that makes hostapd send it out of turn
  nanoseconds first;         ///< wait after the first transmission
  nanoseconds first_acknowledged;
  std::uint16_t reason;  ///< of the deauthentication when it gives up
};
constexpr std::array kKinds = {
    Kind{KeyMessage::m1, KeyMessage::m2, "RESEND_M1", milliseconds(100), kLater,
         kReasonHandshakeTimeout},
    Kind{KeyMessage::m3, KeyMessage::m4, "RESEND_M3", milliseconds(100), milliseconds(100),
         kReasonHandshakeTimeout},
    Kind{KeyMessage::g1, KeyMessage::g2, "RESEND_GROUP_M1", milliseconds(500), milliseconds(500),
         kReasonGroupHandshakeTimeout},
};

bool has_option(const Evidence& evidence, std::string_view key) {
  const auto& options = evidence.plan.scenario.access_point.hostapd_options;
  return std::any_of(options.begin(), options.end(), [key](const std::string& option) {
    return option.starts_with(key) && option.substr(key.size()).starts_with('=');
  });
}

using Frames = std::vector<const AirEapol*>;

/// Whether the station's answer, unless its MIC is wrong, or anything else that shows that the
/// access point went on, lies between two frames.
bool answered_between(const Frames& frames, const Kind& kind, std::uint64_t from,
                      std::uint64_t to) {
  return std::any_of(frames.begin(), frames.end(), [&](const AirEapol* frame) {
    if (frame->frame <= from || frame->frame >= to) {
      return false;
    }
    return frame->direction == Direction::from_access_point ||
           (frame->message == kind.answer && frame->mic_valid.value_or(true));
  });
}

/// Sent in the time of a command that makes hostapd send it.
bool commanded(const std::vector<Commanded>& commands, const AirEapol& frame) {
  constexpr nanoseconds kEffect = milliseconds(200);
  return std::any_of(commands.begin(), commands.end(), [&](const Commanded& command) {
    return frame.time >= command.started - kEffect && frame.time <= command.finished + kEffect;
  });
}

bool same_purpose(const Kind& kind, const AirEapol& a, const AirEapol& b) {
  return kind.message == KeyMessage::g1 ? b.time - a.time < kGroupHandshake
                                        : a.key->nonce == b.key->nonce;
}

/// Transmissions of one message for one purpose, nothing answered between them. A commanded one is
/// in none, and ends the run before it.
std::vector<Frames> runs_of(const Evidence& evidence, const Frames& frames, const Kind& kind) {
  const auto commands = commands_sent(evidence, kind.command);
  std::vector<Frames> runs(1);
  for (const AirEapol* frame : frames) {
    if (frame->message != kind.message) {
      continue;
    }
    if (commanded(commands, *frame)) {
      runs.emplace_back();
      continue;
    }
    const bool goes_on = runs.back().empty() ||
                         (same_purpose(kind, *runs.back().back(), *frame) &&
                          !answered_between(frames, kind, runs.back().back()->frame, frame->frame));
    if (!goes_on) {
      runs.emplace_back();
    }
    runs.back().push_back(frame);
  }
  std::erase_if(runs, [](const Frames& run) { return run.empty(); });
  return runs;
}

/// An acknowledgement may have been there and not be in the capture: then either wait will do.
nanoseconds wait_after(const Kind& kind, bool first, const AirEapol& from, nanoseconds measured) {
  if (!first) {
    return kLater;
  }
  const bool acknowledged =
      from.acknowledged || measured > (kind.first + kind.first_acknowledged) / 2;
  return acknowledged ? kind.first_acknowledged : kind.first;
}

void add_retries(const Kind& kind, const Frames& run, std::vector<Retry>& retries) {
  for (std::size_t i = 1; i < run.size(); ++i) {
    const AirEapol& from = *run[i - 1];
    const AirEapol& to = *run[i];
    const nanoseconds measured = to.time - from.time;
    retries.push_back({fmt::format("{}, transmission {} to {}", to_string(kind.message), i, i + 1),
                       from.frame, to.frame, to.time, measured,
                       wait_after(kind, i == 1, from, measured)});
  }
}

/// The access point's own end of the association after the last run, when nothing came between.
void add_end(const Association& association, const Frames& frames, const Kind& kind,
             const Frames& run, std::vector<Retry>& retries) {
  const bool gave_up = association.end_time && association.end_frame &&
                       association.ended_by == Direction::from_access_point &&
                       association.end_reason == kind.reason;
  if (!gave_up || run.size() < 2 ||
      answered_between(frames, kind, run.back()->frame, *association.end_frame)) {
    return;
  }
  retries.push_back({fmt::format("{}, last to deauthentication", to_string(kind.message)),
                     run.back()->frame, *association.end_frame, *association.end_time,
                     *association.end_time - run.back()->time, kLater});
}

}  // namespace

bool Retry::off() const {
  const nanoseconds difference = measured > expected ? measured - expected : expected - measured;
  return difference > expected / 10 + milliseconds(20);
}

std::vector<Retry> retries_of_access_point(const Evidence& evidence) {
  const bool only_m1 = has_option(evidence, "wpa_disable_eapol_key_retries");
  const AirView air(evidence);
  std::vector<Retry> retries;
  for (const Association& association : evidence.air.associations) {
    const Frames frames = air.keys(association);
    for (const Kind& kind : kKinds) {
      if (only_m1 && kind.message != KeyMessage::m1) {
        continue;
      }
      const auto runs = runs_of(evidence, frames, kind);
      for (const Frames& run : runs) {
        add_retries(kind, run, retries);
      }
      if (!runs.empty()) {
        add_end(association, frames, kind, runs.back(), retries);
      }
    }
  }
  return retries;
}

}  // namespace postassoc::checks
