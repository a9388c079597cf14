#include "adapters/virtual_rig/snapshot.h"

#include <fcntl.h>

#include <fstream>

#include "adapters/virtual_rig/cache.h"
#include "adapters/virtual_rig/digest.h"

namespace postassoc::virtual_rig {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view kFormat = "snapshot 1";
constexpr std::chrono::seconds kSaveLimit{30};
constexpr std::size_t kKept = 3;

fs::path fresh(const fs::path& folder) {
  return folder.string() + ".new";
}

std::string shell_quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) {
    quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return quoted + "'";
}

Task<> wait_until_saved(Machine& machine) {
  for (;;) {
    const auto answer = co_await machine.execute("query-migrate");
    if (!answer) {
      co_return answer.error();
    }
    const std::string status = answer->value("status", "");
    if (status == "completed") {
      co_return Result<>{};
    }
    if (status == "failed" || status == "cancelled") {
      co_return Error{Fault::lab, "QEMU could not save the guest: " + answer->dump(), {}};
    }
    if (auto slept = co_await sleep_for(std::chrono::milliseconds(5)); !slept) {
      co_return slept.error();
    }
  }
}

}  // namespace

Snapshot::Snapshot(const fs::path& cache, const MachineSpec& spec, const std::string& image_key) {
  Digest digest;
  digest.add(kFormat).add(image_key).add_file(spec.qemu).add_file("/usr/share/qemu/qboot.rom");
  for (const std::string& argument : command_line(spec, MemoryFile{}, {})) {
    digest.add(argument);
  }
  folder_ = cache / ("snapshot-" + digest.hex());
}

bool Snapshot::usable() const {
  std::ifstream in(folder_ / "sizes");
  std::uintmax_t memory = 0;
  std::uintmax_t state = 0;
  std::error_code error;
  return in >> memory >> state && fs::file_size(folder_ / "memory", error) == memory && !error &&
         fs::file_size(folder_ / "state", error) == state && !error;
}

MemoryFile Snapshot::memory() const {
  return {folder_ / "memory", false};
}

int Snapshot::open_state() const {
  touch(folder_);
  return ::open((folder_ / "state").c_str(), O_RDONLY | O_CLOEXEC);
}

std::string Snapshot::description() const {
  std::ifstream in(folder_ / "description");
  std::string line;
  std::getline(in, line);
  return line;
}

void Snapshot::remove() const {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

Result<MemoryFile> Snapshot::prepare_save() const {
  std::error_code error;
  fs::remove_all(fresh(folder_), error);
  fs::create_directories(fresh(folder_), error);
  if (error) {
    return Error{Fault::rig_unavailable, error.message(), fresh(folder_).string()};
  }
  return MemoryFile{fresh(folder_) / "memory", true};
}

Task<> Snapshot::save(Machine& machine, std::string description) const {
  const fs::path folder = fresh(folder_);
  if (auto done = co_await machine.leave_memory_in_its_file(); !done) {
    co_return done.error();
  }
  nlohmann::json target;
  target["uri"] = "exec:cat > " + shell_quoted((folder / "state").string());
  if (auto begun = co_await machine.execute("migrate", target); !begun) {
    co_return begun.error();
  }
  if (auto saved =
          co_await with_deadline(wait_until_saved(machine), kSaveLimit, "QEMU to save the guest");
      !saved) {
    co_return saved.error();
  }
  if (auto ended = co_await machine.quit(); !ended) {
    co_return ended.error();
  }
  std::error_code error;
  std::ofstream(folder / "description") << description << '\n';
  std::ofstream(folder / "sizes") << fs::file_size(folder / "memory", error) << ' '
                                  << fs::file_size(folder / "state", error) << '\n';
  if (!error) {
    fs::remove_all(folder_, error);
    fs::rename(folder, folder_, error);
  }
  if (error) {
    co_return Error{Fault::rig_unavailable, error.message(), folder_.string()};
  }
  prune(folder_.parent_path(), "snapshot-", kKept);
  co_return Result<>{};
}

}  // namespace postassoc::virtual_rig
