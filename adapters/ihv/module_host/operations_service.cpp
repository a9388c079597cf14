#include <chrono>
#include <memory>
#include <thread>

#include "adapters/ihv/module_host/api.h"
#include "adapters/ihv/module_host/handler_call.h"
#include "adapters/ihv/module_host/operations.h"

namespace postassoc::module_host {
namespace {

constexpr std::uint32_t kVersion = 0;  ///< the only interface version that is documented
constexpr std::chrono::milliseconds kThreadsLimit{300};
constexpr std::chrono::milliseconds kLateCalls{200};

struct Exports {
  Dot11ExtIhvGetVersionInfoFunction* version;
  Dot11ExtIhvInitServiceFunction* init;
};

std::optional<Exports> exports_of(const Library& library, const std::string& path) {
  const Exports exports{
      reinterpret_cast<Dot11ExtIhvGetVersionInfoFunction*>(
          library.symbol(IHV_VERSION_FUNCTION_NAME)),
      reinterpret_cast<Dot11ExtIhvInitServiceFunction*>(library.symbol(IHV_INIT_FUNCTION_NAME))};
  Json missing = Json::array();
  if (exports.version == nullptr) {
    missing.push_back(IHV_VERSION_FUNCTION_NAME);
  }
  if (exports.init == nullptr) {
    missing.push_back(IHV_INIT_FUNCTION_NAME);
  }
  host().recorder.event("ihv_module_loaded", {{"path", path}, {"missing", missing}});
  return missing.empty() ? std::optional(exports) : std::nullopt;
}

/// Empty when the module takes the host's version, else why not.
std::string ask_version(const Exports& exports) {
  DOT11_IHV_VERSION_INFO info{~0U, ~0U};
  const Handled handled = handler_call(
      IHV_VERSION_FUNCTION_NAME, {{"arguments", Json::object()}}, [] {},
      [&] { return exports.version(&info); },
      [&] {
        return Json{{"version_min", info.dwVerMin}, {"version_max", info.dwVerMax}};
      });
  if (handled.error != ERROR_SUCCESS) {
    return "GetVersionInfo failed with error " + std::to_string(handled.error);
  }
  if (info.dwVerMin > kVersion || info.dwVerMax < kVersion || info.dwVerMin > info.dwVerMax) {
    return "the module has versions " + std::to_string(info.dwVerMin) + " to " +
           std::to_string(info.dwVerMax) + ", the host has 0 only";
  }
  return "";
}

int module_threads() {
  return std::max(0, thread_count() - host().own_threads);
}

DWORD init_service(const Exports& exports) {
  auto table = std::make_unique<DOT11EXT_APIS>(api_table());
  if (host().has_fault(HostFault::null_api)) {
    table->Dot11ExtProcessSecurityPacket = nullptr;
  }
  {
    const std::lock_guard lock(host().mutex);
    host().state.service_open = true;
  }
  const Json arguments{{"version", kVersion}, {"null_slots", null_slots(*table)}};
  const Handled handled = handler_call(
      IHV_INIT_FUNCTION_NAME, {{"arguments", arguments}}, [] {},
      [&] { return exports.init(kVersion, table.get(), nullptr, &host().handlers); },
      [] {
        return Json{{"null_slots", null_slots(host().handlers)}};
      });
  // never freed: a module that kept the pointer is to run into the traps
  *table.release() = trap_table();
  host().recorder.event("ihv_table_poisoned", Json::object());
  host().recorder.event("ihv_threads",
                        {{"when", "init_service"}, {"module_threads", module_threads()}});
  return handled.error;
}

void unload() {
  host().library->close();
  host().library.reset();
  host().handlers = {};
}

std::vector<std::uint32_t> numbers_in(const Json& object, const char* name) {
  std::vector<std::uint32_t> numbers;
  if (const auto list = object.find(name); list != object.end() && list->is_array()) {
    for (const Json& number : *list) {
      numbers.push_back(number.is_number_unsigned() ? number.get<std::uint32_t>() : 0);
    }
  }
  return numbers;
}

void read_settings(const Json& command) {
  host().options = read_options(command);
  host().fault = host_fault_from(host().options.host_fault);
  const Json capabilities = command.value("capabilities", Json::object());
  const std::lock_guard lock(host().mutex);
  host().state.supported_auth = numbers_in(capabilities, "auth");
  host().state.supported_ciphers = numbers_in(capabilities, "ciphers");
}

}  // namespace

Json load(const Json& command) {
  if (host().library) {
    return not_done("a module is loaded");
  }
  read_settings(command);
  host().own_threads = thread_count();
  const std::string path = text_of(command, "module");
  std::string why;
  host().library = Library::open(path, why);
  if (!host().library) {
    return not_done("cannot load " + path + ": " + why);
  }
  const auto exports = exports_of(*host().library, path);
  if (!exports) {
    unload();
    return not_done(path + " lacks an export that every module has");
  }
  if (host().has_fault(HostFault::init_before_version)) {
    const DWORD error = init_service(*exports);
    (void)ask_version(*exports);
    return {{"error", error}};
  }
  if (const std::string wrong = ask_version(*exports); !wrong.empty()) {
    unload();
    return not_done(wrong);
  }
  const DWORD error = init_service(*exports);
  if (error != ERROR_SUCCESS) {
    unload();
  }
  return {{"error", error}};
}

Json deinit_service() {
  if (!host().library || host().handlers.Dot11ExtIhvDeinitService == nullptr) {
    return not_done("there is no service, or no Dot11ExtIhvDeinitService");
  }
  if (host().state.adapter) {
    deinit_adapter();
  }
  const Handled handled = handler_call("Dot11ExtIhvDeinitService", {{"arguments", Json::object()}},
                                       [] { host().handlers.Dot11ExtIhvDeinitService(); });
  const auto begin = std::chrono::steady_clock::now();
  while (module_threads() > 0 && std::chrono::steady_clock::now() - begin < kThreadsLimit) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));  // the kernel's end of a joined one
  }
  const int left = module_threads();
  host().recorder.event("ihv_threads", {{"when", "deinit_service"}, {"module_threads", left}});
  host().recorder.event("ihv_ledger",
                        {{"when", "deinit_service"}, {"outstanding", host().memory.outstanding()}});
  {
    const std::lock_guard lock(host().mutex);
    host().state.service_open = false;
    host().state.adapter.reset();
  }
  std::this_thread::sleep_for(kLateCalls);  // a call that comes now is recorded and refused
  if (left == 0) {
    unload();  // with a thread left its code has to stay
  }
  return done(handled);
}

}  // namespace postassoc::module_host
