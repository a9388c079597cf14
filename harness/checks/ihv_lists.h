#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/checks/ihv_trace.h"

namespace postassoc::checks {

/// Where an adapter stands between InitAdapter and DeinitAdapter.
enum class IhvPhase { none, ready, pre_pending, pre_done, resetting, removed };
IhvPhase phase_at(const IhvTrace& trace, std::size_t at);

/// The pre-association in force at a moment: from the entry of PerformPreAssociate to its
/// successful completion. Null members where there is none.
struct IhvPreAssociation {
  const IhvCall* perform = nullptr;
  const IhvCall* completion = nullptr;  ///< the successful one
};
IhvPreAssociation pre_association_at(const IhvTrace& trace, std::size_t at);

struct IhvExemption {
  std::string ethertype;  ///< 4 hex digits, as the octets stand in memory
  std::int64_t action = 0;
  std::int64_t packet_type = 0;
};
/// What the last successful SetEtherTypeHandling before a moment left in force; empty when the host
/// has cleared the lists since.
struct IhvLists {
  const IhvCall* set_by = nullptr;
  std::vector<std::string> registrations;
  std::vector<IhvExemption> exemptions;
  std::int64_t max_backlog = 0;

  bool registered(const std::string& ethertype) const;
};
IhvLists lists_of(const IhvCall& call);
IhvLists lists_at(const IhvTrace& trace, std::size_t at);

}  // namespace postassoc::checks
