#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "adapters/ihv/abi/ihv_abi.h"
#include "adapters/ihv/module_host/fields.h"

namespace postassoc::module_host {

/// The module's requests to the user.
class UiRequests {
 public:
  struct Added {
    std::uint64_t number;
    bool duplicate;  ///< one with this GUID is pending
  };
  struct Taken {
    GUID guid;
    std::uint32_t length;
    bool changed;  ///< the module changed the request's memory while it was pending
  };
  struct Last {
    std::uint64_t number = 0;  ///< 0: there was none
    GUID guid{};
  };

  Added add(const DOT11EXT_IHV_UI_REQUEST* request);
  /// Takes a pending request out to answer it; nothing when it was cancelled.
  std::optional<Taken> take(std::uint64_t number);
  void cancel_all();
  Last last() const;

 private:
  struct Entry {
    std::uint64_t number;
    const DOT11EXT_IHV_UI_REQUEST* request;  ///< the module's memory
    DOT11EXT_IHV_UI_REQUEST copy;
    Octets data;
  };
  mutable std::mutex mutex_;
  std::vector<Entry> pending_;
  Last last_;
};

/// "01234567-89ab-...".
std::string to_text(const GUID& guid);

/// Longest request data that is looked at.
inline constexpr std::uint32_t kMaxUiRequest = 65'536;

}  // namespace postassoc::module_host
