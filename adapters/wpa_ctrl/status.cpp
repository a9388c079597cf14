#include "adapters/wpa_ctrl/status.h"

#include "adapters/wpa_ctrl/control_event.h"

namespace postassoc {

std::map<std::string, std::string> parse_status(std::string_view answer) {
  std::map<std::string, std::string> status;
  while (!answer.empty()) {
    const auto end = answer.find('\n');
    const auto line = answer.substr(0, end);
    answer = end == std::string_view::npos ? std::string_view{} : answer.substr(end + 1);
    const auto equals = line.find('=');
    if (equals != std::string_view::npos && equals > 0) {
      status.emplace(printable(line.substr(0, equals), 64),
                     printable(line.substr(equals + 1), 256));
    }
  }
  return status;
}

std::string status_field(const std::map<std::string, std::string>& status, const std::string& key) {
  const auto found = status.find(key);
  return found == status.end() ? std::string() : found->second;
}

}  // namespace postassoc
