#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "adapters/nl80211/station_radio.h"
#include "harness/plan.h"

// The scenario's network in the words of the IHV contract and of nl80211.
namespace postassoc {

/// What a module chose in its pre-association, DOT11_AUTH_ALGORITHM and DOT11_CIPHER_ALGORITHM.
struct IhvAlgorithms {
  std::uint32_t auth = 0;
  std::uint32_t unicast = 0;
  std::uint32_t multicast = 0;
};

/// {"auth": [7], "ciphers": [4]}: the pairs that the "miniport" says it has with this network.
nlohmann::json ihv_capabilities(const AccessPointSpec& network);

/// DOT11_CIPHER_ALGORITHM of management frames' protection; 0: none.
std::uint32_t ihv_management_cipher(const AccessPointSpec& network);

/// The RSNE that the algorithms ask for and the rest of an association's parameters; an algorithm
/// of a module's own range, or none at all, stands for the network's. An Error names what the radio
/// does not have.
Result<JoinRequest> join_request(const AccessPointSpec& network, const IhvAlgorithms& chosen,
                                 FoundBss bss);

/// nl80211's suite of a standard cipher.
std::optional<Suite> suite_of_cipher(std::uint32_t cipher);

/// A key in nl80211's order of octets: the TKIP MIC keys change places.
Bytes key_for_radio(Suite cipher, Bytes key);

/// The security part of the profile: the PSK of the station, or nothing of it.
std::string security_xml(const Secrets& secrets, bool with_key);

}  // namespace postassoc
