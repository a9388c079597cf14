#include "adapters/ihv/module_host/ui_requests.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace postassoc::module_host {
namespace {

bool same(const GUID& a, const GUID& b) {
  return std::memcmp(&a, &b, sizeof(GUID)) == 0;
}

}  // namespace

UiRequests::Added UiRequests::add(const DOT11EXT_IHV_UI_REQUEST* request) {
  const std::lock_guard lock(mutex_);
  const bool duplicate = std::ranges::any_of(pending_, [request](const Entry& entry) {
    return same(entry.copy.guidUIRequest, request->guidUIRequest);
  });
  Entry entry{++last_.number, request, *request, {}};
  last_.guid = request->guidUIRequest;
  if (request->pvUIRequest != nullptr && request->dwByteCount <= kMaxUiRequest) {
    entry.data.assign(request->pvUIRequest, request->pvUIRequest + request->dwByteCount);
  }
  pending_.push_back(std::move(entry));
  return {last_.number, duplicate};
}

std::optional<UiRequests::Taken> UiRequests::take(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  const auto entry =
      std::ranges::find_if(pending_, [number](const Entry& e) { return e.number == number; });
  if (entry == pending_.end()) {
    return std::nullopt;
  }
  bool changed = std::memcmp(entry->request, &entry->copy, sizeof(entry->copy)) != 0;
  if (!changed && !entry->data.empty()) {
    changed = std::memcmp(entry->copy.pvUIRequest, entry->data.data(), entry->data.size()) != 0;
  }
  const Taken taken{entry->copy.guidUIRequest, entry->copy.dwByteCount, changed};
  pending_.erase(entry);
  return taken;
}

void UiRequests::cancel_all() {
  const std::lock_guard lock(mutex_);
  pending_.clear();
}

UiRequests::Last UiRequests::last() const {
  const std::lock_guard lock(mutex_);
  return last_;
}

std::string to_text(const GUID& guid) {
  char text[40];
  std::snprintf(text, sizeof(text), "%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x",
                static_cast<unsigned>(guid.Data1), guid.Data2, guid.Data3, guid.Data4[0],
                guid.Data4[1], guid.Data4[2], guid.Data4[3], guid.Data4[4], guid.Data4[5],
                guid.Data4[6], guid.Data4[7]);
  return text;
}

}  // namespace postassoc::module_host
