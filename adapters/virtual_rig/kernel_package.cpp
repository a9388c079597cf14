#include "adapters/virtual_rig/kernel_package.h"

#include <fstream>
#include <iterator>
#include <optional>

#include "adapters/process/process.h"
#include "adapters/virtual_rig/cache.h"
#include "adapters/virtual_rig/digest.h"
#include "adapters/virtual_rig/tool.h"

namespace postassoc::virtual_rig {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view kFormat = "kernel 1";

std::optional<fs::path> cached_package(const fs::path& folder) {
  std::optional<fs::path> newest;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    const bool is_kernel = name.starts_with("linux-image-") && name.ends_with(".deb");
    if (is_kernel && (!newest || fs::last_write_time(*newest, ignored) <
                                     fs::last_write_time(entry.path(), ignored))) {
      newest = entry.path();
    }
  }
  return newest;
}

Error cannot_fetch(std::string why) {
  return {Fault::rig_unavailable,
          "the kernel of the virtual rig cannot be fetched; run `sudo apt-get update`, or put the "
          "package there with `apt-get download linux-image-<version>-amd64`: " +
              std::move(why),
          {}};
}

/// Name of the package that linux-image-amd64 stands for.
Task<std::string> package_name() {
  const auto listed = co_await run_tool("apt-cache", "depends", "linux-image-amd64");
  if (!listed) {
    co_return cannot_fetch(to_string(listed.error()));
  }
  const auto at = listed->find("Depends: linux-image-");
  if (at == std::string::npos) {
    co_return cannot_fetch("apt knows no package linux-image-amd64");
  }
  const auto begin = at + std::string_view("Depends: ").size();
  co_return listed->substr(begin, listed->find_first_of(" \n", begin) - begin);
}

Task<fs::path> fetch_package(fs::path folder, Say say) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (const auto cached = cached_package(folder)) {
    co_return *cached;
  }
  const auto name = co_await package_name();
  if (!name) {
    co_return name.error();
  }
  say("virtual rig: fetching " + *name + " (once)");
  const fs::path fresh = folder / "download.new";
  fs::remove_all(fresh, error);
  fs::create_directories(fresh, error);
  const auto done = co_await run_tool("sh", "-c", "cd \"$1\" && exec apt-get download -q \"$2\"",
                                      "sh", fresh.string(), *name);
  if (!done) {
    co_return cannot_fetch(to_string(done.error()));
  }
  if (const auto fetched = cached_package(fresh)) {
    fs::rename(*fetched, folder / fetched->filename(), error);
  }
  fs::remove_all(fresh, error);
  if (const auto cached = cached_package(folder)) {
    co_return *cached;
  }
  co_return cannot_fetch("apt-get downloaded nothing to " + folder.string());
}

/// What unpacks a package, $1, into a folder, $2: the files that match the other arguments.
constexpr const char* kUnpack =
    "p=\"$1\"; d=\"$2\"; shift 2; "
    "dpkg-deb --fsys-tarfile \"$p\" | tar -x -C \"$d\" --no-same-owner --wildcards \"$@\"";

/// Kernel and modules out of the package, into `folder`.
Task<> unpack(fs::path package, fs::path folder) {
  std::vector<std::string> argv{
      "sh", "-c", kUnpack, "sh", package.string(), folder.string(), "*/boot/vmlinuz-*"};
  for (const std::string& module : guest_modules()) {
    argv.push_back("*/" + module + ".ko");
  }
  const auto done = co_await run_command(std::move(argv));
  if (!done) {
    co_return done.error();
  }
  co_return Result<>{};
}

/// Moves each module to folder/modules and gives the kernel's release.
Result<std::string> gather(const fs::path& tree, const fs::path& modules, fs::path& bzimage) {
  std::string release;
  std::error_code error;
  fs::create_directories(modules, error);
  for (const auto& entry : fs::recursive_directory_iterator(tree, error)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("vmlinuz-")) {
      release = name.substr(std::string_view("vmlinuz-").size());
      bzimage = entry.path();
    } else if (name.ends_with(".ko")) {
      fs::copy_file(entry.path(), modules / name, fs::copy_options::overwrite_existing, error);
    }
  }
  if (release.empty() || error) {
    return Error{Fault::rig_unavailable, "no kernel in the package: " + error.message(),
                 tree.string()};
  }
  return release;
}

Result<> check_elf(const fs::path& vmlinux) {
  std::ifstream in(vmlinux, std::ios::binary);
  char magic[4] = {};
  in.read(magic, sizeof magic);
  if (std::string_view(magic, 4) != "\177ELF") {
    return Error{Fault::rig_unavailable, "the kernel's payload is not an ELF file",
                 vmlinux.string()};
  }
  return Result<>{};
}

Task<> strip_modules(fs::path modules) {
  if (!find_program("strip")) {
    co_return Result<>{};  // only larger
  }
  std::vector<std::string> argv{"strip", "-g"};
  for (const std::string& module : guest_modules()) {
    argv.push_back((modules / (module + ".ko")).string());
  }
  const auto done = co_await run_command(std::move(argv));
  if (!done) {
    co_return done.error();
  }
  co_return Result<>{};
}

Task<> build(fs::path package, fs::path folder) {
  const fs::path tree = folder / "tree";
  std::error_code error;
  fs::create_directories(tree, error);
  if (auto done = co_await unpack(package, tree); !done) {
    co_return done.error();
  }
  fs::path bzimage;
  const auto release = gather(tree, folder / "modules", bzimage);
  if (!release) {
    co_return release.error();
  }
  if (auto done = extract_xz_payload(bzimage, folder / "vmlinux.xz"); !done) {
    co_return done.error();
  }
  const auto unpacked =
      co_await run_tool("xz", "-d", "-f", "--single-stream", (folder / "vmlinux.xz").string());
  if (!unpacked) {
    co_return unpacked.error();
  }
  if (auto done = check_elf(folder / "vmlinux"); !done) {
    co_return done.error();
  }
  if (auto done = co_await strip_modules(folder / "modules"); !done) {
    co_return done.error();
  }
  fs::remove_all(tree, error);
  std::ofstream(folder / "release") << *release << '\n';
  co_return Result<>{};
}

}  // namespace

const std::vector<std::string>& guest_modules() {
  static const std::vector<std::string> modules{"virtio_ring",
                                                "virtio",
                                                "virtio_pci_legacy_dev",
                                                "virtio_pci_modern_dev",
                                                "virtio_pci",
                                                "virtio_console",
                                                "llc",
                                                "stp",
                                                "bridge",
                                                "rfkill",
                                                "cfg80211",
                                                "libarc4",
                                                "mac80211",
                                                "ccm",
                                                "cmac",
                                                "gf128mul",
                                                "ghash-generic",
                                                "gcm",
                                                "ctr",
                                                "mac80211_hwsim"};
  return modules;
}

Result<> extract_xz_payload(const fs::path& bzimage, const fs::path& payload) {
  std::ifstream in(bzimage, std::ios::binary);
  const std::string image((std::istreambuf_iterator<char>(in)), {});
  const auto at =
      image.find(std::string_view("\xfd"
                                  "7zXZ\0",
                                  6));
  if (at == std::string::npos) {
    return Error{Fault::rig_unavailable, "the kernel is not compressed with XZ", bzimage.string()};
  }
  std::ofstream out(payload, std::ios::binary);
  out.write(image.data() + at, static_cast<std::streamsize>(image.size() - at));
  out.close();
  if (!out) {
    return Error{Fault::rig_unavailable, "cannot be written (is the disk full?)", payload.string()};
  }
  return Result<>{};
}

Task<Kernel> prepare_kernel(fs::path cache, Say say) {
  const auto package = co_await fetch_package(cache / "packages", say);
  if (!package) {
    co_return package.error();
  }
  Digest digest;
  digest.add(kFormat).add_file(*package);
  for (const std::string& module : guest_modules()) {
    digest.add(module);
  }
  Kernel kernel;
  kernel.key = digest.hex();
  const fs::path folder = cache / ("kernel-" + kernel.key);
  std::error_code error;
  if (!fs::exists(folder / "release", error)) {
    say("virtual rig: unpacking " + package->filename().string() + " (once)");
    const fs::path fresh = folder.string() + ".new";
    fs::remove_all(fresh, error);
    if (auto built = co_await build(*package, fresh); !built) {
      fs::remove_all(fresh, error);
      co_return built.error();
    }
    fs::rename(fresh, folder, error);
    prune(cache, "kernel-", 2);
  }
  touch(folder);
  kernel.vmlinux = folder / "vmlinux";
  kernel.modules = folder / "modules";
  std::ifstream(folder / "release") >> kernel.release;
  co_return kernel;
}

}  // namespace postassoc::virtual_rig
