#ifdef _WIN32

#include <fcntl.h>
#include <io.h>
#include <windows.h>
// after windows.h
#include <tlhelp32.h>

#include <cstdio>

#include "adapters/ihv/module_host/platform.h"

namespace postassoc::module_host {

std::int64_t now_ns() {
  constexpr std::int64_t kFrom1601To1970 = 116'444'736'000'000'000;  // in units of 100 ns
  FILETIME time{};
  GetSystemTimePreciseAsFileTime(&time);
  const auto units = static_cast<std::int64_t>(time.dwHighDateTime) << 32 | time.dwLowDateTime;
  return (units - kFrom1601To1970) * 100;
}

int take_protocol_output() {
  const int protocol = _dup(1);
  _setmode(protocol, _O_BINARY);
  _setmode(0, _O_BINARY);
  _dup2(2, 1);
  return protocol;
}

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const int written = _write(descriptor, text.data(), static_cast<unsigned>(text.size()));
    if (written <= 0) {
      return false;
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

int thread_count() {
  const HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
  if (snapshot == INVALID_HANDLE_VALUE) {
    return 0;
  }
  int count = 0;
  THREADENTRY32 entry{};
  entry.dwSize = sizeof(entry);
  for (BOOL more = Thread32First(snapshot, &entry); more; more = Thread32Next(snapshot, &entry)) {
    count += entry.th32OwnerProcessID == GetCurrentProcessId() ? 1 : 0;
  }
  CloseHandle(snapshot);
  return count;
}

void leave(int code) {
  TerminateProcess(GetCurrentProcess(), static_cast<UINT>(code));
  for (;;) {
  }
}

std::optional<Library> Library::open(const std::string& path, std::string& why) {
  if (HMODULE handle = LoadLibraryA(path.c_str()); handle != nullptr) {
    return Library(handle);
  }
  why = "LoadLibrary failed with error " + std::to_string(GetLastError());
  return std::nullopt;
}

void* Library::symbol(const char* name) const {
  return reinterpret_cast<void*>(GetProcAddress(static_cast<HMODULE>(handle_), name));
}

void Library::close() {
  FreeLibrary(static_cast<HMODULE>(handle_));
}

}  // namespace postassoc::module_host

#endif
