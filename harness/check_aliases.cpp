#include "harness/check_aliases.h"

namespace postassoc {
namespace {

struct Alias {
  std::string_view name, id;
};

constexpr Alias kAliases[] = {
    {"key.ihv-key-arguments", "ihv.pa-47"},
    {"key.ihv-key-arguments", "ihv.pa-48"},
    {"key.ihv-key-arguments", "ihv.pa-49"},
    {"multi.ihv-session-isolation", "ihv.pa-04"},
    {"order.ihv-completion-async", "ihv.pa-14"},
    {"order.ihv-ethertype-window", "ihv.pa-06"},
    {"order.ihv-keys-before-completion", "ihv.pa-19"},
    {"order.ihv-send-lifetime", "ihv.pa-37"},
    {"order.ihv-send-lifetime", "ihv.pa-39"},
    {"port.ihv-completion-status", "ihv.pa-16"},
    {"port.ihv-completion-status", "ihv.pa-17"},
    {"port.ihv-later-status-change", "ihv.pa-22"},
    {"robust.deinit-no-late-calls", "ihv.pa-33"},
    {"robust.deinit-no-late-calls", "ihv.pa-35"},
    {"robust.reset-cancels-pending", "ihv.pa-29"},
    {"robust.stop-is-silent", "ihv.pa-25"},
    {"timing.ihv-completion-bounded", "ihv.pa-15"},
};

}  // namespace

std::vector<std::string_view> checks_called(std::string_view name) {
  std::vector<std::string_view> ids;
  for (const Alias& alias : kAliases) {
    if (alias.name == name) {
      ids.push_back(alias.id);
    }
  }
  return ids;
}

std::string_view check_called(std::string_view name) {
  const auto ids = checks_called(name);
  return ids.size() == 1 ? ids.front() : name;
}

std::vector<std::string_view> other_names(std::string_view id) {
  std::vector<std::string_view> names;
  for (const Alias& alias : kAliases) {
    if (alias.id == id) {
      names.push_back(alias.name);
    }
  }
  return names;
}

}  // namespace postassoc
