#pragma once

#include <exception>
#include <optional>
#include <string>
#include <type_traits>

#include "adapters/ihv/module_host/host.h"

namespace postassoc::module_host {

/// A handler call that has returned.
struct Handled {
  std::uint64_t call = 0;
  DWORD error = ERROR_SUCCESS;  ///< ERROR_GEN_FAILURE when it threw
};

/// Calls the module. `before` runs between the begin record and the call, `out` gives what the
/// return record shows. What the module throws ends here.
template <class Before, class Invoke, class Out>
Handled handler_call(const char* function, Json fields, const Before& before, const Invoke& invoke,
                     const Out& out) {
  constexpr bool kVoid = std::is_void_v<std::invoke_result_t<Invoke>>;
  Call call(host().recorder, function, "host", std::move(fields));
  before();
  DWORD error = ERROR_SUCCESS;
  std::string threw;
  try {
    if constexpr (kVoid) {
      invoke();
    } else {
      error = invoke();
    }
  } catch (const std::exception& exception) {
    threw = std::string("exception: ") + exception.what();
  } catch (...) {
    threw = "something that is no std::exception";
  }
  error = threw.empty() ? error : DWORD{ERROR_GEN_FAILURE};
  call.returned(kVoid ? std::nullopt : std::optional<std::uint32_t>(error), out(), threw);
  return {call.number(), error};
}

template <class Invoke>
Handled handler_call(const char* function, Json fields, const Invoke& invoke) {
  return handler_call(
      function, std::move(fields), [] {}, invoke, [] { return Json::object(); });
}

inline Json done(const Handled& handled) {
  return {{"error", handled.error}};
}

inline Json not_done(const std::string& why) {
  return {{"refused", why}};
}

/// Overwrites a buffer that was the module's for the length of one call.
inline void poison(std::uint64_t call, Octets&& buffer) {
  host().graveyard.bury(std::move(buffer));
  host().recorder.event("ihv_buffer_poisoned", {{"call", call}});
}

}  // namespace postassoc::module_host
