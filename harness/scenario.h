#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "harness/frames/mac_address.h"
#include "harness/frames/suites.h"
#include "harness/medium_rules.h"
#include "harness/result.h"
#include "harness/scenario_inject.h"
#include "harness/timeline.h"
#include "harness/verdict.h"

namespace postassoc {

/// How the network is secured. The passphrase is never in a scenario: the harness owns both ends
/// of the link and makes a new one for every run.
enum class Security {
  open,
  wpa2_psk,
  wpa2_psk_sha256,
  wpa3_sae,
  wpa2_wpa3_transition,  ///< PSK and SAE side by side
  owe,
  ft_psk,  ///< the initial mobility domain association of fast BSS transition
  ft_sae,
  wpa2_enterprise,
  wpa2_enterprise_sha256,
  ft_enterprise,
  suite_b_192,
};
/// An EAP method makes the PMK; hostapd's built-in server is the authentication server.
bool uses_eap(Security security);
/// SAE is one of its AKMs.
bool uses_sae(Security security);
/// The PMK, or one of those possible, follows from passphrase and SSID. Else only the access point
/// can tell it.
bool has_psk(Security security);
/// How SAE makes its password element: by looping, or straight (H2E).
enum class SaePwe { hunting_and_pecking, hash_to_element };
enum class EapMethod { tls, peap, ttls };
enum class Pmf { off, optional, required };
/// Whether the station is given the network's passphrase or another one.
enum class Credential { right, wrong };

/// Whose document is right where documents disagree: scope of exclude-unencrypted, and unencrypted
/// EAPOL once the keys are installed.
///   native   Windows desktop: exclusion is about unicast frames; EAPOL in clear only before the
///   key compact  Windows Compact 2013: exclusion is about every frame; EAPOL as in native wdi
///   Windows WDI drivers: as native linux_   mac80211: every frame but EAPOL, which is always let
///   through ("linux" in JSON)
enum class Profile { native, compact, wdi, linux_ };
std::string_view to_string(Profile profile);
std::optional<Profile> profile_from(std::string_view word);

struct AccessPointSpec {
  std::string ssid = "postassoc";
  int channel = 1;
  Security security = Security::wpa2_psk;
  Pmf pmf = Pmf::off;
  Suite pairwise = kCipherCcmp128;
  Suite group = kCipherCcmp128;
  Suite group_management = kCipherBipCmac128;  ///< of use unless pmf is off
  bool beacon_protection = false;
  SaePwe sae_pwe = SaePwe::hunting_and_pecking;
  EapMethod eap = EapMethod::tls;
  /// A second BSS of the same network on the same radio, to roam to; bridged with the first.
  bool second_bss = false;
  int beacon_interval_tu = 100;              ///< 1 TU = 1.024 ms
  std::vector<std::string> hostapd_options;  ///< further "key=value" lines, as hostapd knows them
};

struct StationSpec {
  Credential credential = Credential::right;
  std::optional<Security> security;   ///< the only one of a transition network's that it uses
  std::optional<MacAddress> address;  ///< locally administered, instead of the radio's own
  /// Stations beside the one under test, of the stock supplicant, each on a radio of its own.
  int others = 0;
  /// An IHV Extensions module, under test in place of a supplicant: a path, or a bare name of one
  /// that is shipped beside the program. Empty: none.
  std::string module;
  /// How the module's host behaves apart from the usual, as written; keys: harness/ihv_words.h.
  nlohmann::json ihv = nlohmann::json::object();
};

/// What a scenario can wait for or forbid; `matches` says which events of which witness count.
enum class AwaitedEvent {
  associated,       ///< the station's kernel received a (re)association response, or its supplicant
                    ///< says "Associated"
  connected,        ///< the supplicant says CTRL-EVENT-CONNECTED, or a module's completion made its
                    ///< host open the port
  disconnected,     ///< the supplicant says CTRL-EVENT-DISCONNECTED, or a module's host was told of
                    ///< a disassociation
  port_authorized,  ///< the station's kernel opened the port
  psk_mismatch,     ///< hostapd says AP-STA-POSSIBLE-PSK-MISMATCH
};
std::string_view to_string(AwaitedEvent event);
bool matches(AwaitedEvent awaited, const Event& event);

namespace step {
/// Tells the station to associate and run its post-association operation. Does not wait.
struct Associate {};
/// Waits for one event, forbids others, until a deadline. Looks back to the start of the last
/// associate or disassociate step, so that an event that came quickly is not missed.
struct Await {
  AwaitedEvent event = AwaitedEvent::connected;
  std::chrono::milliseconds within{10000};
  std::vector<AwaitedEvent> forbid;
};
/// Sends `count` tagged UDP datagrams each way, `interval` apart, and `group_count` broadcast ones
/// from the access point; waits until they arrived or `within` passed.
struct ExchangeData {
  int count = 5;
  int group_count = 5;
  std::chrono::milliseconds interval{5};
  std::chrono::milliseconds within{2000};
};
/// Tagged UDP datagrams both ways every `interval`, in the background, until the next
/// `traffic` step with on = false or the end.
struct Traffic {
  bool on = true;
  std::chrono::milliseconds interval{2};
};
/// A hostapd control command; "{station}" stands for the station's address. hostapd must answer OK.
struct AccessPointCommand {
  std::string command;
};
/// Tells the station to leave and waits until it has.
struct Disassociate {};
/// A deliberate wait.
struct Wait {
  std::chrono::milliseconds duration{0};
};
/// Replaces the medium's rules from now on; what they held back is received first.
struct Medium {
  std::vector<medium::Rule> rules;
};
/// Tells the station to go over to the network's other BSS. Does not wait.
struct Roam {
  bool over_ds = false;  ///< fast BSS transition over the distribution system
};
/// Sets the station's network interface down, or up again.
struct StationInterface {
  bool up = false;
};
/// The other stations associate, all at once, or leave; waits until they are connected, or have
/// left.
struct OtherStations {
  bool associate = true;
};
/// What the host of an IHV Extensions module can be told to do.
enum class ModuleCall {
  stop_post_associate,
  adapter_reset,
  deinit_adapter,
  init_adapter,
  deinit_service,
  is_ui_request_pending,
  process_session_logoff,
  stop_unknown_peer,  ///< StopPostAssociate with the address of nobody
};
/// The host of the IHV Extensions module makes this call now; waits until it returned.
struct Module {
  ModuleCall call = ModuleCall::stop_post_associate;
};
}  // namespace step

using StepAction = std::variant<step::Associate, step::Await, step::ExchangeData, step::Traffic,
                                step::Inject, step::ProveExclusion, step::AccessPointCommand,
                                step::Disassociate, step::Wait, step::Medium, step::Roam,
                                step::StationInterface, step::OtherStations, step::Module>;

struct Step {
  StepAction action;
  std::string pointer;  ///< JSON pointer in the scenario file, "/steps/3"
};
/// The word of the step in JSON: "associate", "await", "exchange_data", "traffic", "inject",
/// "access_point_command", "disassociate", "wait", "medium", "prove_exclusion", "roam",
/// "station_interface", "other_stations", "module".
std::string_view word_of(const StepAction& action);

struct Limit {
  std::optional<std::chrono::nanoseconds> max;   ///< above: fail ("max_ms")
  std::optional<std::chrono::nanoseconds> warn;  ///< above: info in the summary ("warn_ms")
};

/// A scenario file, read and validated, one entry of its matrix.
struct Scenario {
  std::string name;  ///< "wpa2-psk/connect", with the matrix values as "[access_point.channel=6]"
  std::string purpose;  ///< one or two sentences a person reads
  std::vector<std::string> tags;
  std::vector<std::string> required_capabilities;
  AccessPointSpec access_point;
  StationSpec station;
  /// Nothing: the rig's own medium, where no step speaks of it either (see `rules_medium`).
  std::optional<MediumSpec> medium;
  std::vector<Step> steps;                  ///< of all rounds; those of each have equal pointers
  std::vector<std::string> checks;          ///< ids or patterns with '*', as written
  std::map<std::string, Verdict> expected;  ///< check id -> verdict; `pass` where silent
  std::map<std::string, Limit> limits;      ///< check id -> limit
  Profile profile = Profile::linux_;
  nlohmann::json document;  ///< the resolved document; parses to this again
  std::string file;         ///< where it came from, for messages
};

/// The harness has to be the medium: the scenario has rules for it.
bool rules_medium(const Scenario& scenario);

/// A change to a scenario document: "access_point.channel" = 6. The path is keys and array
/// indices with dots between.
struct Override {
  std::string path;
  nlohmann::json value;
  std::string from = "--set";  ///< who asks for it, for messages
};
/// Reads "path=value"; value is JSON where it parses as such, else a string.
Result<Override> parse_override(std::string_view text);

/// Validates a document and reads it. All faults of the document are reported together, a line
/// each: "file#/json/pointer: what was expected, what was found, nearest valid word".
/// `known_checks`: ids that checks, expected and limits may name; empty: any.
Result<Scenario> parse_scenario(const nlohmann::json& document, const std::string& file,
                                const std::string& name,
                                const std::vector<std::string>& known_checks);

/// Reads a file, applies overrides, expands its matrix: one Scenario an entry.
/// The name is the file's path below `root` without ".json"; an empty `root` stands for the nearest
/// folder above the file that holds a schema.json, else the file's own.
Result<std::vector<Scenario>> load_scenarios(const std::filesystem::path& file,
                                             const std::filesystem::path& root,
                                             const std::vector<Override>& overrides,
                                             const std::vector<std::string>& known_checks);

/// The scenario files at `path`: the file itself, or every *.json in the folder and those below it,
/// sorted, without schemas and folders named `suites`. An Error when there is none.
Result<std::vector<std::filesystem::path>> find_scenarios(const std::filesystem::path& path);

}  // namespace postassoc
