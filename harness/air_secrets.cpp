#include "harness/air_secrets.h"

#include "harness/frames/keys.h"

namespace postassoc {

const std::vector<Bytes>& PmkCandidates::of(const std::string& ssid) {
  if (ssid.empty() || secrets_.passphrases.empty()) {
    return secrets_.pmks;
  }
  if (const auto known = by_ssid_.find(ssid); known != by_ssid_.end()) {
    return known->second;
  }
  if (by_ssid_.size() >= kMostSsids) {
    return secrets_.pmks;
  }
  std::vector<Bytes>& candidates = by_ssid_[ssid];
  candidates = secrets_.pmks;
  for (const std::string& passphrase : secrets_.passphrases) {
    if (auto pmk = pmk_from_passphrase(passphrase, ssid)) {
      candidates.push_back(std::move(*pmk));
    }
  }
  return candidates;
}

std::string PmkCandidates::why_incomplete(const std::string& ssid) const {
  if (secrets_.passphrases.empty()) {
    return {};
  }
  if (ssid.empty()) {
    return "the network's name, which the passphrase needs, is not in the capture";
  }
  if (by_ssid_.size() >= kMostSsids && !by_ssid_.contains(ssid)) {
    return "the capture names too many networks to try the passphrase on each";
  }
  return {};
}

}  // namespace postassoc
