#include "harness/checks/ihv_lists.h"

#include <algorithm>

#include "harness/checks/ihv_names.h"

namespace postassoc::checks {
namespace {

using nlohmann::json;

std::string member_text(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? ihv_lower(found->get<std::string>()) : "";
}

std::int64_t member_number(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

const json* list_argument(const IhvCall& call, const char* key) {
  const auto arguments = call.begin->detail.find("arguments");
  if (arguments == call.begin->detail.end() || !arguments->is_object()) {
    return nullptr;
  }
  const auto list = arguments->find(key);
  return list != arguments->end() && list->is_array() ? &*list : nullptr;
}

}  // namespace

IhvPhase phase_at(const IhvTrace& trace, std::size_t at) {
  IhvPhase phase = IhvPhase::none;
  for (const IhvCall& call : trace.calls()) {
    if (call.begin_at >= at) {
      break;
    }
    if (call.function == ihv::kInitAdapter) {
      phase = IhvPhase::ready;
    } else if (call.function == ihv::kPerformPreAssociate) {
      phase = call.refused() ? IhvPhase::ready : IhvPhase::pre_pending;
    } else if (call.function == ihv::kPreAssociateCompletion && !call.refused() &&
               phase == IhvPhase::pre_pending) {
      phase = call.argument("error") == 0 ? IhvPhase::pre_done : IhvPhase::ready;
    } else if (call.function == ihv::kAdapterReset) {
      phase = call.end_at < at ? IhvPhase::ready : IhvPhase::resetting;
    } else if (call.function == ihv::kDeinitAdapter) {
      phase = IhvPhase::removed;
    }
  }
  return phase;
}

IhvPreAssociation pre_association_at(const IhvTrace& trace, std::size_t at) {
  IhvPreAssociation found;
  found.perform = trace.last_before(ihv::kPerformPreAssociate, at);
  if (found.perform == nullptr) {
    return found;
  }
  for (const IhvCall* completion : trace.calls_of(ihv::kPreAssociateCompletion)) {
    const bool inside = completion->begin_at > found.perform->begin_at && completion->begin_at < at;
    if (inside && completion->argument("error") == 0 && found.completion == nullptr) {
      found.completion = completion;
    }
  }
  return found;
}

bool IhvLists::registered(const std::string& ethertype) const {
  return std::find(registrations.begin(), registrations.end(), ethertype) != registrations.end();
}

IhvLists lists_of(const IhvCall& call) {
  IhvLists lists;
  lists.set_by = &call;
  lists.max_backlog = call.argument("max_backlog").value_or(0);
  if (const json* list = list_argument(call, "registrations")) {
    for (const json& item : *list) {
      if (item.is_string()) {
        lists.registrations.push_back(ihv_lower(item.get<std::string>()));
      }
    }
  }
  if (const json* list = list_argument(call, "exemptions")) {
    for (const json& item : *list) {
      if (item.is_object()) {
        lists.exemptions.push_back({member_text(item, "ethertype"), member_number(item, "action"),
                                    member_number(item, "packet_type")});
      }
    }
  }
  return lists;
}

IhvLists lists_at(const IhvTrace& trace, std::size_t at) {
  const IhvMark* cleared = trace.last_mark_before("ihv_lists_cleared", at);
  const IhvCall* latest = trace.last_before(ihv::kSetEtherTypeHandling, at);
  while (latest != nullptr && latest->refused()) {
    latest = trace.last_before(ihv::kSetEtherTypeHandling, latest->begin_at);
  }
  const bool gone = latest == nullptr || (cleared != nullptr && cleared->at > latest->begin_at);
  return gone ? IhvLists{} : lists_of(*latest);
}

}  // namespace postassoc::checks
