#pragma once

#include <string>
#include <vector>

#include "harness/evidence.h"

namespace postassoc::checks {

/// One wait of the access point's: from an EAPOL-Key message that it sent to the next
/// transmission, or to the deauthentication with which it gave up.
struct Retry {
  std::string name;  ///< "M1, transmission 1 to 2", "M3, last to deauthentication"
  std::uint64_t from_frame = 0, to_frame = 0;
  Timestamp to_time{};
  std::chrono::nanoseconds measured{};
  std::chrono::nanoseconds expected{};  ///< by hostapd's timers

  /// Off by more than 10 % and 20 ms.
  bool off() const;
};

/// Every wait that the air shows and that hostapd's timers explain: retransmissions of messages
/// that were not answered validly, and that no RESEND_ command made.
///
/// hostap src/ap/wpa_auth.c, wpa_send_eapol and wpa_send_eapol_timeout: message 1 after 100 ms, or
/// 1 s when it was acknowledged; message 3 after 100 ms; group message 1 after 500 ms; each 1 s
/// from then on. Where the scenario turns hostapd's wpa_disable_eapol_key_retries on, message 3 and
/// group message 1 are left out.
std::vector<Retry> retries_of_access_point(const Evidence& evidence);

}  // namespace postassoc::checks
