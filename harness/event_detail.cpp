#include "harness/event_detail.h"

namespace postassoc {

std::optional<std::int64_t> number(const Event& event, const char* key) {
  const auto found = event.detail.find(key);
  if (found == event.detail.end() || !found->is_number_integer()) {
    return std::nullopt;
  }
  return found->get<std::int64_t>();
}

std::optional<bool> flag(const Event& event, const char* key) {
  const auto found = event.detail.find(key);
  if (found == event.detail.end() || !found->is_boolean()) {
    return std::nullopt;
  }
  return found->get<bool>();
}

std::string text(const Event& event, const char* key) {
  const auto found = event.detail.find(key);
  return found != event.detail.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace postassoc
