#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postassoc::module_host {

/// The few things that ELF and PE systems do differently.

/// Nanoseconds since 1970 of the system's real-time clock, as fine as it has them.
std::int64_t now_ns();

/// Takes standard output for the protocol and gives a module that prints there standard error
/// instead. The descriptor to write to.
int take_protocol_output();

/// Writes all of it; false when nobody reads any more.
bool write_all(int descriptor, std::string_view text);

/// Threads of this process at this moment; 0 when the system does not say.
int thread_count();

/// Ends the process at once: no destructors, nothing of the module runs.
[[noreturn]] void leave(int code);

/// A shared library.
class Library {
 public:
  /// Nothing on failure; `why` then says what the loader said.
  static std::optional<Library> open(const std::string& path, std::string& why);
  /// The address of an export, or nullptr.
  void* symbol(const char* name) const;
  void close();

 private:
  explicit Library(void* handle) : handle_(handle) {}
  void* handle_;
};

}  // namespace postassoc::module_host
