#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "harness/air.h"

namespace postassoc {

/// The PMKs that may be right for a network: those that are known, and one for each passphrase,
/// computed once for each SSID.
class PmkCandidates {
 public:
  PmkCandidates() = default;
  explicit PmkCandidates(AirSecrets secrets) : secrets_(std::move(secrets)) {}

  bool empty() const { return secrets_.empty(); }
  /// See AirSecrets::sure.
  bool sure() const { return secrets_.sure; }
  /// In the order given, PMKs first. `ssid` may be empty: then passphrases give nothing.
  const std::vector<Bytes>& of(const std::string& ssid);
  /// Why `of` may not hold what it should; empty when it does.
  std::string why_incomplete(const std::string& ssid) const;

 private:
  /// A passphrase costs a millisecond; a hostile capture can name any number of networks.
  static constexpr std::size_t kMostSsids = 256;

  AirSecrets secrets_;
  std::map<std::string, std::vector<Bytes>> by_ssid_;
};

}  // namespace postassoc
