#pragma once

#include "harness/checks/excl_controls.h"

namespace postassoc::checks {

/// A rule of the shape "injected frames of this kind never reach the station's stack".
struct MustNotArrive {
  enum class When { port_open, port_closed, associated };

  std::string_view noun;              ///< singular: "plain unicast frame"
  bool (*concerns)(const Injected&);  ///< controls are left out before
  /// A step of the scenario asks for such a frame.
  bool (*asked)(const step::Inject&);
  When when = When::port_open;
  std::size_t minimum = 3;  ///< of each form, seen on the air as asked for
  bool to_group = false;    ///< nobody acknowledges them
  /// Another frame of such a form has to arrive: else the station may not know the form at all.
  bool form_control = false;
  /// For which profiles a delivery is a fail; for the others it is told as info.
  bool (*binds)(Profile) = nullptr;  ///< null: for all
};

/// Fails on one delivered frame. Passes only when enough of each form reached the station's MAC,
/// none its stack, and the positive controls arrived around them. Without an injected frame that
/// the rule is about: not applicable, or inconclusive when a step asks for one.
Finding judge_not_delivered(FindingBuilder finding, const Evidence& evidence,
                            const MustNotArrive& rule);

/// Unencrypted data of one MPDU: IPv4, ARP, IPv6, pre-authentication.
bool is_plain_data(const Injected& injected);
bool never_asked(const step::Inject& step);

}  // namespace postassoc::checks
