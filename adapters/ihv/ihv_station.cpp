#include "adapters/ihv/ihv_station.h"

#include <algorithm>

#include "adapters/ihv/ihv_station_state.h"
#include "adapters/network/interface.h"

namespace postassoc {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using namespace std::chrono_literals;

constexpr const char* kLog = "ihv_module.log";
constexpr std::size_t kLongestLog = std::size_t{4} * 1024 * 1024;
constexpr auto kQuitLimit = 3000ms;
constexpr auto kTeardown = 10s;
constexpr int kSignalBase = 128;
constexpr std::uint32_t kByOs = 7;  // DOT11_ASSOC_STATUS_DISASSOCIATED_BY_OS
constexpr std::uint32_t kUnreachable = 2;
constexpr std::uint32_t kDeauthenticated = 0x0001'0000;
constexpr std::uint32_t kDisassociated = 0x0002'0000;
constexpr std::uint32_t kAlways = 1;  // DOT11_EXEMPT_ALWAYS
constexpr std::uint32_t kLogoff = 6;  // WTS_SESSION_LOGOFF
constexpr const char* kNobody = "02:ff:ff:ff:ff:fe";

std::set<std::string> words(const json& list) {
  std::set<std::string> found;
  if (list.is_array()) {
    for (const json& word : list) {
      if (word.is_string()) {
        found.insert(word.get<std::string>());
      }
    }
  }
  return found;
}

/// The module exempts EAPOL from encryption for good.
bool exempts_eapol(const json& arguments) {
  const auto list = arguments.find("exemptions");
  return list != arguments.end() && list->is_array() &&
         std::any_of(list->begin(), list->end(), [](const json& entry) {
           return entry.is_object() && entry.value("ethertype", json()) == "888e" &&
                  entry.value("action", json()) == kAlways;
         });
}

}  // namespace

IhvStation::State::State(asio::any_io_executor with, const RunContext& context,
                         Options with_options, IhvRecords with_records)
    : executor(with),
      options(std::move(with_options)),
      records(std::move(with_records)),
      scenario(context.plan.scenario),
      secrets(context.secrets),
      emit_event(context.emit),
      evidence(context.evidence),
      hidden({secrets.passphrase, secrets.station_passphrase, to_hex(secrets.pmk),
              to_hex(secrets.station_pmk)}),
      changed(with) {}

void IhvStation::State::emit(Witness witness, std::string name, json detail) {
  emit_event({monotonic_now(), {}, witness, Side::station, std::move(name), std::move(detail)});
}

void IhvStation::State::refused(std::string what, const Error& error) {
  emit(Witness::host, "ihv_radio_refused", {{"what", what}, {"text", to_string(error)}});
}

void IhvStation::State::take_record(json record) {
  auto event = records.event_of(std::move(record));
  if (!event) {
    return;
  }
  if (event->name == "ihv_begin" && event->detail.contains("arguments") &&
      event->detail.value("function", json()) == "Dot11ExtSetEtherTypeHandling") {
    eapol_in_clear = exempts_eapol(event->detail["arguments"]);
  }
  const bool port_made =
      event->name == "ihv_port" && event->detail.value("state", json()) == "created";
  if (event->name == "ihv_module_loaded") {
    event->detail["sha256"] = sha256_of_file(options.module);
  }
  emit_event(std::move(*event));
  if (port_made) {
    receive_early();
  }
  changed.cancel();
}

void IhvStation::State::take_words(std::string_view line) {
  if (logged > kLongestLog) {
    return;
  }
  const std::string text = without_secrets(line, hidden) + "\n";
  logged += text.size();
  (void)evidence.append(kLog, as_bytes(text));
}

void IhvStation::State::take_message(const json& message) {
  if (message.contains("pre_associated") && message["pre_associated"].is_object()) {
    pre_associated = message["pre_associated"];
    changed.cancel();
  } else if (message.value("wants", json()) == "disconnect" && !stopping) {
    const auto status = message.value("status", json());
    beside(leave(status.is_number_unsigned() ? status.get<std::uint32_t>() : kByOs,
                 words(message.value("made", json()))));
  }
}

ModuleHostProcess::Handlers IhvStation::State::host_handlers() {
  ModuleHostProcess::Handlers handlers;
  handlers.on_record = [this](json record) { take_record(std::move(record)); };
  handlers.on_ask = [this](const json& question) { return answer(question); };
  handlers.on_message = [this](const json& message) { take_message(message); };
  handlers.on_words = [this](std::string_view line) { take_words(line); };
  handlers.on_hang = [this](const std::string& what, std::chrono::milliseconds limit) {
    emit(Witness::ihv, "ihv_module_hang", {{"command", what}, {"limit_ms", limit.count()}});
  };
  handlers.on_end = [this](ModuleHostProcess::End end) {
    if (!end.expected) {
      emit(Witness::ihv, "ihv_module_crash",
           end.code > kSignalBase ? json{{"signal", end.code - kSignalBase}}
                                  : json{{"exit_code", end.code}});
    }
    emit(Witness::ihv, "ihv_host_ended", json::object());
    ++attempt;
    adapter = prepared = false;
    session.reset();
    changed.cancel();
  };
  return handlers;
}

StationRadio::Handlers IhvStation::State::radio_handlers() {
  StationRadio::Handlers handlers;
  handlers.on_frame = [this](MacAddress from, std::uint16_t ethertype, ByteView payload,
                             bool is_protected) {
    receive({from, ethertype, Bytes(payload.begin(), payload.end()), is_protected});
  };
  handlers.on_sent = [this](std::uint64_t cookie, bool) {
    if (const auto found = sends.extract(cookie)) {
      post({{"do", "SendPacketCompletion"}, {"send", found.mapped()}});
    }
  };
  handlers.on_left = [this](bool by_access_point, bool disassociated, std::uint16_t reason) {
    const std::uint32_t base = disassociated ? kDisassociated : kDeauthenticated;
    beside(finish(by_access_point ? base | reason : kUnreachable, {}));
  };
  return handlers;
}

Task<ModuleHostProcess::Done> IhvStation::State::command(json command) {
  if (!host || !host->running()) {
    co_return Error{Fault::lab, "the module's host has ended", options.module.string()};
  }
  co_return co_await host->command(std::move(command), options.limit);
}

void IhvStation::State::post(json line) {
  beside(command(std::move(line)));
}

Task<> IhvStation::State::wait_until(std::function<bool()> ready, std::chrono::nanoseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!ready() && std::chrono::steady_clock::now() < deadline) {
    asio::steady_timer poll(executor, 2ms);
    co_await poll.async_wait(kNoThrow);
  }
  co_return Result<>{};
}

IhvStation::IhvStation(std::shared_ptr<State> state) : state_(std::move(state)) {}

/// What goes on in the background finds no process and no radio any more.
IhvStation::~IhvStation() {
  ++state_->attempt;
  state_->stopping = true;
  state_->host.reset();
  state_->radio.reset();
}

MacAddress IhvStation::address() const {
  return state_->options.address;
}
std::string IhvStation::interface() const {
  return state_->options.interface;
}

Task<std::unique_ptr<IhvStation>> IhvStation::start(const RunContext& context, Options options) {
  const auto executor = co_await asio::this_coro::executor;
  auto records = IhvRecords::create();
  if (!records) {
    co_return records.error();
  }
  const auto state =
      std::make_shared<State>(executor, context, std::move(options), std::move(*records));
  std::unique_ptr<IhvStation> station(new IhvStation(state));
  const Options& use = state->options;
  if (auto up = set_up(use.network_namespace, use.interface); !up) {
    co_return up.error();
  }
  auto radio = StationRadio::open(executor, use.network_namespace, use.interface,
                                  use.interface_index, use.address, state->radio_handlers());
  if (!radio) {
    co_return radio.error();
  }
  state->radio = std::move(*radio);
  std::vector<std::string> environment;
  if (!use.libraries.empty()) {
    environment.push_back("LD_LIBRARY_PATH=" + use.libraries.string());
  }
  std::vector<std::string> argv(1, use.program.string());
  auto host = ModuleHostProcess::start(executor, std::move(argv), std::move(environment),
                                       state->host_handlers());
  if (!host) {
    co_return host.error();
  }
  state->host = std::move(*host);
  auto loaded = co_await load(*state);
  if (!loaded) {
    co_return loaded.error();
  }
  co_return std::move(station);
}

Task<> IhvStation::load(State& state) {
  json line = {{"do", "load"},
               {"module", state.options.module.string()},
               {"ihv", state.scenario.station.ihv},
               {"ui_answer", to_hex(as_bytes(state.secrets.station_passphrase))},
               {"capabilities", ihv_capabilities(state.scenario.access_point)}};
  const auto loaded = co_await state.command(std::move(line));
  if (loaded && loaded->refused) {
    co_return Error{Fault::lab, *loaded->refused, state.options.module.string()};
  }
  if (!loaded || !loaded->succeeded()) {
    co_return Result<>{};  // the trace says so: a finding, not the lab's trouble
  }
  json add = {{"do", "InitAdapter"}, {"description", state.options.interface}};
  const auto added = co_await state.command(std::move(add));
  state.adapter = added && added->succeeded();
  co_return Result<>{};
}

Task<> IhvStation::associate() {
  const auto state = state_;
  (void)co_await state->wait_until([&] { return state->leaving == 0; }, kTeardown);
  if (state->session || state->prepared) {
    (void)co_await state->leave(kByOs, {});
  }
  if (state->adapter) {
    state->beside(state->connect());
  }
  co_return Result<>{};
}

Task<> IhvStation::disassociate() {
  const auto state = state_;
  (void)co_await state->wait_until([&] { return state->leaving == 0; }, kTeardown);
  co_return co_await state->leave(kByOs, {});
}

Task<> IhvStation::roam(MacAddress to, bool over_ds) {
  if (over_ds) {
    co_return Error{Fault::invalid_input,
                    "the host of a module does no fast BSS transition over the distribution system",
                    interface()};
  }
  state_->beside(state_->roam(to));
  co_return Result<>{};
}

Task<> IhvStation::call_module(step::ModuleCall call) {
  using step::ModuleCall;
  const auto state = state_;
  const auto radio_down = [&] {
    if (auto left = state->radio->leave(3); !left) {
      state->refused("leave", left.error());
    }
    if (state->bss) {
      state->emit(Witness::ihv, "ihv_disassociation",
                  {{"peer", to_string(state->bss->bssid)}, {"status", kByOs}});
    }
    ++state->attempt;
    state->bss.reset();
    state->complete_sends();
  };
  json line;
  switch (call) {
    case ModuleCall::stop_post_associate: {
      const std::string peer = state->session ? to_string(*state->session) : kNobody;
      radio_down();
      state->session.reset();
      line = {{"do", "StopPostAssociate"}, {"peer", peer}, {"status", kByOs}};
      break;
    }
    case ModuleCall::adapter_reset:
      radio_down();
      state->prepared = false;
      line = {{"do", "AdapterReset"}};
      break;
    case ModuleCall::deinit_adapter:
      radio_down();
      state->session.reset();
      state->prepared = state->adapter = false;
      line = {{"do", "DeinitAdapter"}};
      break;
    case ModuleCall::init_adapter:
      line = {{"do", "InitAdapter"}, {"description", state->options.interface}};
      break;
    case ModuleCall::deinit_service:
      radio_down();
      state->session.reset();
      state->prepared = state->adapter = false;
      line = {{"do", "DeinitService"}};
      break;
    case ModuleCall::is_ui_request_pending:
      line = {{"do", "IsUIRequestPending"}};
      break;
    case ModuleCall::process_session_logoff:
      line = {{"do", "ProcessSessionChange"}, {"event", kLogoff}};
      break;
    case ModuleCall::stop_unknown_peer:
      line = {{"do", "StopPostAssociate"}, {"peer", kNobody}, {"status", kByOs}};
      break;
  }
  const auto done = co_await state->command(std::move(line));
  if (call == ModuleCall::init_adapter) {
    state->adapter = done && done->succeeded();
  }
  co_return Result<>{};
}

Task<> IhvStation::stop() {
  const auto state = state_;
  if (state->stopping) {
    co_return Result<>{};
  }
  state->stopping = true;
  (void)co_await state->wait_until([&] { return state->leaving == 0; }, kTeardown);
  ++state->attempt;
  (void)state->radio->leave(3);
  state->bss.reset();
  state->complete_sends();
  if (state->adapter) {
    json line = {{"do", "DeinitAdapter"}};
    (void)co_await state->command(std::move(line));
  }
  json line = {{"do", "DeinitService"}};
  (void)co_await state->command(std::move(line));
  auto ended = co_await state->host->quit(kQuitLimit);
  state->radio.reset();
  co_return ended;
}

fs::path shipped_folder() {
  std::error_code ignored;
  return fs::read_symlink("/proc/self/exe", ignored).parent_path();
}

Result<fs::path> find_module(const std::string& module, const fs::path& shipped) {
  const bool is_path = module.find('/') != module.npos;
  const fs::path file = is_path ? fs::path(module) : shipped / "ihv" / (module + ".so");
  std::error_code ignored;
  if (!fs::is_regular_file(file, ignored)) {
    return Error{
        Fault::invalid_input,
        is_path ? "there is no such module" : "no module of this name is shipped; a path has a '/'",
        file.string()};
  }
  return fs::absolute(file, ignored).lexically_normal();
}

}  // namespace postassoc
