#include "adapters/virtual_rig/image.h"

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "adapters/process/process.h"
#include "adapters/virtual_rig/cache.h"
#include "adapters/virtual_rig/cpio.h"
#include "adapters/virtual_rig/digest.h"
#include "adapters/virtual_rig/tool.h"

namespace postassoc::virtual_rig {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view kFormat = "image 1";
constexpr const char* kLoader = "/lib64/ld-linux-x86-64.so.2";
constexpr const char* kBinaryInGuest = "/usr/bin/postassoc";

struct StockProgram {
  const char* name;
  const char* package;
};
/// Programs that the adapters run in the guest.
constexpr StockProgram kPrograms[] = {
    {"hostapd", "hostapd"}, {"wpa_supplicant", "wpasupplicant"}, {"iw", "iw"}};
/// Taken along where they exist: RC4 and MD4 of old ciphers.
constexpr const char* kOptional[] = {"/usr/lib/x86_64-linux-gnu/ossl-modules/legacy.so"};

/// Files of the host by the path they get in the guest, in a fixed order.
using Files = std::map<std::string, fs::path>;

/// /lib and /lib64 are links to their namesakes under /usr, as on the host.
std::string guest_path(const std::string& path) {
  return path.starts_with("/lib") ? "/usr" + path : path;
}

/// Adds the shared libraries that the dynamic loader would load for `program`.
Task<> add_libraries(fs::path program, Files& files) {
  const auto listed = co_await run_tool(kLoader, "--list", program.string());
  if (!listed) {
    co_return listed.error();
  }
  std::istringstream lines(*listed);
  for (std::string word; lines >> word;) {
    if (word == "not") {
      co_return Error{Fault::rig_unavailable, "a shared library is missing: " + *listed,
                      program.string()};
    }
    if (word.starts_with('/')) {
      files.emplace(guest_path(word), word);
    }
  }
  files.emplace(guest_path(kLoader), kLoader);
  co_return Result<>{};
}

/// The executable that stands for `name`.
std::optional<std::string> executable(std::string_view name,
                                      const std::vector<GuestProgram>& programs) {
  for (const GuestProgram& program : programs) {
    if (program.name == name && !program.path.empty()) {
      return program.path.string();
    }
  }
  return find_program(name);
}

Task<> add_preloads(const std::vector<GuestProgram>& programs, Files& files) {
  for (const GuestProgram& program : programs) {
    for (const fs::path& library : program.preload) {
      if (!fs::exists(library)) {
        co_return Error{Fault::invalid_input, "no such library to load into " + program.name,
                        library.string()};
      }
      files.emplace(preload_in_guest(library), library);
      if (auto added = co_await add_libraries(library, files); !added) {
        co_return added.error();
      }
    }
  }
  co_return Result<>{};
}

Task<Files> base_files(const std::vector<GuestProgram>& programs) {
  Files files;
  for (const StockProgram& program : kPrograms) {
    const auto path = executable(program.name, programs);
    if (path && !fs::exists(*path)) {
      co_return Error{Fault::invalid_input,
                      std::string("no such program to run as ") + program.name, *path};
    }
    if (!path) {
      co_return Error{Fault::rig_unavailable,
                      std::string("the virtual rig needs ") + program.name +
                          ": run `sudo apt-get install " + program.package + "`",
                      {}};
    }
    files.emplace(std::string("/usr/sbin/") + program.name, *path);
    if (auto added = co_await add_libraries(*path, files); !added) {
      co_return added.error();
    }
  }
  if (auto added = co_await add_preloads(programs, files); !added) {
    co_return added.error();
  }
  for (const char* path : kOptional) {
    if (fs::exists(path)) {
      files.emplace(path, path);
    }
  }
  co_return files;
}

std::string key_of(const std::string& seed, const Files& files) {
  Digest digest;
  digest.add(kFormat).add(seed);
  for (const auto& [path, source] : files) {
    digest.add(path).add_file(source);
  }
  return digest.hex();
}

/// Folders above every path that are not in the archive yet.
void add_parents(CpioWriter& cpio, std::set<std::string>& folders, const std::string& path) {
  for (auto at = path.find('/', 1); at != std::string::npos; at = path.find('/', at + 1)) {
    if (folders.insert(path.substr(0, at)).second) {
      cpio.add_directory(path.substr(0, at));
    }
  }
}

Result<> add_files(CpioWriter& cpio, std::set<std::string>& folders, const Files& files) {
  for (const auto& [path, source] : files) {
    add_parents(cpio, folders, path);
    if (auto added = cpio.add_copy(path, source); !added) {
      return added.error();
    }
  }
  return Result<>{};
}

void add_skeleton(CpioWriter& cpio, std::set<std::string>& folders) {
  for (const char* folder : {"/dev", "/etc", "/proc", "/root", "/run", "/sys", "/tmp", "/usr",
                             "/usr/bin", "/usr/lib", "/usr/lib64", "/usr/sbin", "/var"}) {
    cpio.add_directory(folder);
    folders.insert(folder);
  }
  for (const char* link : {"bin", "lib", "lib64", "sbin"}) {
    cpio.add_symlink(std::string("/") + link, std::string("usr/") + link);
  }
  cpio.add_symlink("/var/run", "/run");
  cpio.add_symlink("/init", kBinaryInGuest);
  std::string modules;
  for (const std::string& module : guest_modules()) {
    (modules += module) += '\n';
  }
  cpio.add_file("/etc/passwd", as_bytes("root:x:0:0:root:/root:/bin/sh\n"), false);
  cpio.add_file("/etc/group", as_bytes("root:x:0:\n"), false);
  cpio.add_file(kGuestMarker, as_bytes(modules), false);
}

Result<> build_base(const fs::path& archive, const Files& files) {
  CpioWriter cpio(archive);
  std::set<std::string> folders;
  add_skeleton(cpio, folders);
  if (auto added = add_files(cpio, folders, files); !added) {
    return added.error();
  }
  return cpio.finish();
}

/// The binary without what only a debugger reads: the guest unpacks every byte of it.
Task<fs::path> stripped(fs::path binary, fs::path copy) {
  if (!find_program("strip")) {
    co_return binary;
  }
  const auto done = co_await run_tool("strip", "-o", copy.string(), binary.string());
  if (!done) {
    co_return done.error();
  }
  co_return copy;
}

/// The base, followed by an archive of the binary and of the libraries that only it needs.
Task<> build_initrd(fs::path initrd, fs::path base, fs::path binary, Files files) {
  const fs::path own = initrd.string() + ".own.new";
  const fs::path copy = initrd.string() + ".binary.new";
  const auto program = co_await stripped(binary, copy);
  if (!program) {
    co_return program.error();
  }
  files[kBinaryInGuest] = *program;
  CpioWriter cpio(own);
  std::set<std::string> folders;
  if (auto added = add_files(cpio, folders, files); !added) {
    co_return added.error();
  }
  if (auto finished = cpio.finish(); !finished) {
    co_return finished.error();
  }
  std::ofstream out(initrd, std::ios::binary);
  out << std::ifstream(base, std::ios::binary).rdbuf()
      << std::ifstream(own, std::ios::binary).rdbuf();
  out.close();
  std::error_code ignored;
  fs::remove(own, ignored);
  fs::remove(copy, ignored);
  if (!out) {
    co_return Error{Fault::rig_unavailable, "cannot be written (is the disk full?)",
                    initrd.string()};
  }
  co_return Result<>{};
}

Result<> move_into_place(const fs::path& fresh, const fs::path& final) {
  std::error_code error;
  fs::rename(fresh, final, error);
  if (error) {
    return Error{Fault::rig_unavailable, error.message(), final.string()};
  }
  return Result<>{};
}

}  // namespace

fs::path preload_in_guest(const fs::path& library) {
  return fs::path("/usr/lib/postassoc-preload") / library.filename();
}

Task<Image> prepare_image(fs::path cache, fs::path binary, std::vector<GuestProgram> programs,
                          Say say) {
  auto files = co_await base_files(programs);
  if (!files) {
    co_return files.error();
  }
  const auto kernel = co_await prepare_kernel(cache, say);
  if (!kernel) {
    co_return kernel.error();
  }
  for (const std::string& module : guest_modules()) {
    files->emplace(std::string(kGuestModules) + "/" + module + ".ko",
                   kernel->modules / (module + ".ko"));
  }
  const std::string base_key = key_of(kernel->key, *files);
  Files own;
  if (auto added = co_await add_libraries(binary, own); !added) {
    co_return added.error();
  }
  std::erase_if(own, [&](const auto& file) { return files->contains(file.first); });
  own[kBinaryInGuest] = binary;

  Image image{kernel->vmlinux, {}, kernel->release, key_of(base_key, own)};
  image.initrd = cache / ("initrd-" + image.key);
  const fs::path base = cache / ("base-" + base_key);
  if (fs::exists(image.initrd)) {
    touch(image.initrd);
    co_return image;
  }
  say("virtual rig: building the image");
  if (!fs::exists(base)) {
    const fs::path fresh = base.string() + ".new";
    if (auto built = build_base(fresh, *files); !built) {
      co_return built.error();
    }
    if (auto moved = move_into_place(fresh, base); !moved) {
      co_return moved.error();
    }
  }
  touch(base);
  const fs::path fresh = image.initrd.string() + ".new";
  if (auto built = co_await build_initrd(fresh, base, binary, own); !built) {
    co_return built.error();
  }
  if (auto moved = move_into_place(fresh, image.initrd); !moved) {
    co_return moved.error();
  }
  prune(cache, "base-", 2);
  prune(cache, "initrd-", 3);
  co_return image;
}

}  // namespace postassoc::virtual_rig
