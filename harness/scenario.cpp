#include "harness/scenario.h"

#include <algorithm>

#include "harness/event_detail.h"
#include "harness/json_reader.h"
#include "harness/scenario_words.h"

namespace postassoc {
namespace {

constexpr int kStateAssociated = 3;  // enum ieee80211_sta_state: IEEE80211_STA_ASSOC
constexpr int kStateAuthorized = 4;  // IEEE80211_STA_AUTHORIZED

bool is_from(const Event& event, Witness witness, std::string_view name) {
  return event.witness == witness && event.name == name;
}

bool is_of_stations_kernel(const Event& event, std::string_view name) {
  return is_from(event, Witness::kernel, name) && event.side == Side::station;
}

/// Not cfg80211_send_rx_assoc: it is traced before the status is looked at, so a refusal shows it
/// too.
bool is_associated(const Event& event) {
  return (is_of_stations_kernel(event, "NL80211_CMD_ASSOCIATE") && number(event, "status") == 0) ||
         (is_of_stations_kernel(event, "NL80211_CMD_CONNECT") && number(event, "status") == 0) ||
         is_from(event, Witness::supplicant, "Associated");
}

bool is_port_authorized(const Event& event) {
  return (is_of_stations_kernel(event, "drv_sta_state") &&
          number(event, "old_state") == kStateAssociated &&
          number(event, "new_state") == kStateAuthorized) ||
         is_of_stations_kernel(event, "NL80211_CMD_PORT_AUTHORIZED");
}

bool is_port_opened_by_module(const Event& event) {
  return is_from(event, Witness::ihv, "ihv_port") && event.detail.is_object() &&
         event.detail.value("state", nlohmann::json()) == "authorized";
}

}  // namespace

std::span<const std::string_view> scenario_words::keys_of_step(std::string_view word) {
  for (const auto& [known, keys] : kSteps) {
    if (known == word) {
      return keys;
    }
  }
  return {};
}

bool uses_eap(Security security) {
  return security == Security::wpa2_enterprise || security == Security::wpa2_enterprise_sha256 ||
         security == Security::ft_enterprise || security == Security::suite_b_192;
}

bool uses_sae(Security security) {
  return security == Security::wpa3_sae || security == Security::wpa2_wpa3_transition ||
         security == Security::ft_sae;
}

bool has_psk(Security security) {
  return security == Security::wpa2_psk || security == Security::wpa2_psk_sha256 ||
         security == Security::wpa2_wpa3_transition || security == Security::ft_psk;
}

std::string_view to_string(AwaitedEvent event) {
  return word_for<AwaitedEvent>(scenario_words::kEvent, event);
}

bool matches(AwaitedEvent awaited, const Event& event) {
  switch (awaited) {
    case AwaitedEvent::associated:
      return is_associated(event);
    case AwaitedEvent::connected:
      return is_from(event, Witness::supplicant, "CTRL-EVENT-CONNECTED") ||
             is_port_opened_by_module(event);
    case AwaitedEvent::disconnected:
      return is_from(event, Witness::supplicant, "CTRL-EVENT-DISCONNECTED") ||
             is_from(event, Witness::ihv, "ihv_disassociation");
    case AwaitedEvent::port_authorized:
      return is_port_authorized(event);
    case AwaitedEvent::psk_mismatch:
      return is_from(event, Witness::access_point, "AP-STA-POSSIBLE-PSK-MISMATCH");
  }
  return false;
}

std::string_view to_string(Profile profile) {
  return word_for<Profile>(scenario_words::kProfile, profile);
}

std::optional<Profile> profile_from(std::string_view word) {
  return meaning_of<Profile>(scenario_words::kProfile, word);
}

bool rules_medium(const Scenario& scenario) {
  return scenario.medium ||
         std::any_of(scenario.steps.begin(), scenario.steps.end(), [](const Step& step) {
           return std::holds_alternative<step::Medium>(step.action);
         });
}

std::string_view word_of(const StepAction& action) {
  // kSteps has the order of StepAction's alternatives.
  static_assert(std::variant_size_v<StepAction> == scenario_words::kSteps.size());
  return scenario_words::kSteps.at(action.index()).first;
}

}  // namespace postassoc
