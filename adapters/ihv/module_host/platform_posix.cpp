#ifndef _WIN32

#include <dlfcn.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <filesystem>

#include "adapters/ihv/module_host/platform.h"

namespace postassoc::module_host {

std::int64_t now_ns() {
  timespec time{};
  clock_gettime(CLOCK_REALTIME, &time);
  return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

int take_protocol_output() {
  const int protocol = dup(STDOUT_FILENO);
  dup2(STDERR_FILENO, STDOUT_FILENO);
  return protocol;
}

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written <= 0) {
      return false;
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

int thread_count() {
  std::error_code failed;
  int count = 0;
  for (auto entry = std::filesystem::directory_iterator("/proc/self/task", failed);
       !failed && entry != std::filesystem::directory_iterator(); entry.increment(failed)) {
    ++count;
  }
  return count;
}

void leave(int code) {
  _exit(code);
}

std::optional<Library> Library::open(const std::string& path, std::string& why) {
  if (void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL); handle != nullptr) {
    return Library(handle);
  }
  const char* said = dlerror();
  why = said != nullptr ? said : "the loader does not say why";
  return std::nullopt;
}

void* Library::symbol(const char* name) const {
  return dlsym(handle_, name);
}

void Library::close() {
  dlclose(handle_);
}

}  // namespace postassoc::module_host

#endif
