#include "harness/commands/host_inspection.h"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <optional>

#include "adapters/nl80211/radio.h"
#include "adapters/nl80211/wiphy.h"
#include "adapters/process/process.h"
#include "adapters/virtual_rig/cache.h"
#include "adapters/virtual_rig/kvm_probe.h"

namespace postassoc {
namespace {

namespace fs = std::filesystem;
using State = HostItem::State;

/// Kernel, image and snapshots of a few versions.
constexpr std::uintmax_t kCacheMegabytes = 700;

void add_daemons(std::vector<HostItem>& items) {
  items.push_back(inspect_program({"hostapd", "-v"}, "hostapd v", "hostapd"));
  items.push_back(inspect_program({"wpa_supplicant", "-v"}, "wpa_supplicant v", "wpasupplicant"));
}

/// QEMU looks for its firmware beside its other data.
HostItem inspect_qboot() {
  std::error_code ignored;
  for (const char* folder : {"/usr/share/qemu", "/usr/local/share/qemu", "/usr/share/seabios"}) {
    const fs::path file = fs::path(folder) / "qboot.rom";
    if (fs::exists(file, ignored)) {
      return {"qboot.rom", State::ok, file.string(), ""};
    }
  }
  return {"qboot.rom", State::missing, "QEMU's fast firmware is not there",
          "sudo apt-get install qemu-system-data"};
}

/// The kernel's package is fetched once, or put into the cache by hand.
HostItem inspect_kernel_package(const fs::path& cache) {
  const fs::path packages = cache / "packages";
  std::error_code error;
  for (fs::directory_iterator it(packages, error), end; !error && it != end; it.increment(error)) {
    const fs::path& package = it->path();
    if (package.filename().string().starts_with("linux-image") && package.extension() == ".deb") {
      return {"kernel package", State::ok, package.string(), ""};
    }
  }
  if (find_program("apt-get") && find_program("dpkg-deb")) {
    return {"kernel package", State::ok, "not in the cache; `apt-get download` fetches it", ""};
  }
  return {"kernel package", State::missing, "not in the cache, and no apt-get and dpkg-deb here",
          "put linux-image-<version>-amd64.deb into " + packages.string()};
}

HostItem inspect_kvm(const fs::path& cache) {
  if (::access("/dev/kvm", F_OK) != 0) {
    return {"/dev/kvm", State::ok, "not there: the guest runs with TCG, which is all it needs", ""};
  }
  const virtual_rig::KvmProbe probe = virtual_rig::probe_kvm_cached(cache / "kvm-probe");
  return {
      "/dev/kvm", State::ok,
      probe.usable ? "works" : probe.reason + ": the guest runs with TCG, which is all it needs",
      ""};
}

HostItem inspect_permission() {
  constexpr std::uint64_t kNetAdmin = 12, kNetRaw = 13, kSysAdmin = 21;
  constexpr std::uint64_t kNeeded = 1ULL << kNetAdmin | 1ULL << kNetRaw | 1ULL << kSysAdmin;
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("CapEff:")) {
      const std::uint64_t effective = std::strtoull(line.c_str() + 7, nullptr, 16);
      if ((effective & kNeeded) == kNeeded) {
        return {"permission", State::ok, "CAP_NET_ADMIN, CAP_NET_RAW, CAP_SYS_ADMIN", ""};
      }
    }
  }
  return {"permission", State::missing, "namespaces, raw sockets and tracefs need root",
          "sudo postassoc ..."};
}

HostItem inspect_tracefs() {
  const fs::path tracefs = "/sys/kernel/tracing";
  if (::access((tracefs / "instances").c_str(), W_OK) != 0) {
    return {"tracefs", State::missing, tracefs.string() + " is not there or can't be written to",
            "sudo mount -t tracefs tracefs /sys/kernel/tracing"};
  }
  if (::access((tracefs / "events/cfg80211/rdev_add_key").c_str(), F_OK) != 0) {
    return {"tracefs", State::missing, "the kernel has no cfg80211 tracepoints",
            "sudo modprobe cfg80211"};
  }
  return {"tracefs", State::ok, tracefs.string(), ""};
}

HostItem inspect_module(const RigSpec& rig) {
  const bool hwsim = rig.kind == RigKind::hwsim;
  const std::string module = hwsim ? "mac80211_hwsim" : "cfg80211";
  if (::access(("/sys/module/" + module).c_str(), F_OK) == 0) {
    return {module, State::ok, "loaded", ""};
  }
  return {module, State::missing, "not loaded",
          "sudo modprobe " + module + (hwsim ? " radios=3" : "")};
}

HostItem inspect_radio(std::string_view part, const RadioSpec& spec,
                       const std::vector<Wiphy>& wiphys, const std::string& file) {
  const std::string name = fmt::format("radio of the {}", part);
  const auto found = matching(spec, wiphys);
  if (found.size() == 1) {
    return {name, State::ok, to_string(found.front()), ""};
  }
  std::string there;
  for (const Wiphy& wiphy : wiphys) {
    there += (there.empty() ? "" : "; ") + to_string(wiphy);
  }
  return {name, State::missing,
          fmt::format("{} match; there {}", found.empty() ? "none" : "several",
                      there.empty() ? "are no radios at all" : "are: " + there),
          "plug the radio in, or edit /radios/" + std::string(part) + " in " + file};
}

/// A monitor interface that is captured as it is (hwsim0) is no radio.
bool is_plain_interface(const RadioSpec& spec) {
  return spec.interface && ::access(("/sys/class/net/" + *spec.interface).c_str(), F_OK) == 0;
}

}  // namespace

std::vector<HostItem> inspect_virtual_rig() {
  const fs::path cache = virtual_rig::default_cache_folder() / "virtual-rig";
  std::vector<HostItem> items;
  items.push_back(
      inspect_program({"qemu-system-x86_64", "--version"}, "version", "qemu-system-x86"));
  items.push_back(inspect_qboot());
  add_daemons(items);
  items.push_back(inspect_program({"iw", "--version"}, "iw version", "iw"));
  items.push_back(inspect_program({"xz", "--version"}, "xz", "xz-utils"));
  items.push_back(inspect_program({"strip", "--version"}, "strip", "binutils"));
  if (items.back().state == State::missing) {
    items.back().state = State::warning;
    items.back().detail += "; the guest's image is larger and slower without";
  }
  items.push_back(inspect_kernel_package(cache));
  items.push_back(inspect_kvm(cache));
  items.push_back(inspect_folder(cache, kCacheMegabytes));
  return items;
}

std::vector<HostItem> inspect_radios(const RigSpec& rig) {
  std::vector<HostItem> items;
  add_daemons(items);
  items.push_back(inspect_permission());
  items.push_back(inspect_module(rig));
  items.push_back(inspect_tracefs());
  const auto wiphys = list_wiphys();
  const std::vector<Wiphy> none;
  const auto add = [&](std::string_view part, const std::optional<RadioSpec>& spec) {
    if (spec && is_plain_interface(*spec) && part == "monitor") {
      items.push_back({"radio of the monitor", State::ok, *spec->interface, ""});
    } else if (spec) {
      items.push_back(inspect_radio(part, *spec, wiphys ? *wiphys : none, rig.file));
    }
  };
  add("access_point", rig.access_point);
  add("station", rig.station);
  add("monitor", rig.monitor);
  add("injector", rig.injector);
  return items;
}

std::vector<HostItem> inspect_host(const RigSpec& rig) {
  switch (rig.kind) {
    case RigKind::virtual_machine:
      return inspect_virtual_rig();
    case RigKind::hardware:
    case RigKind::hwsim:
      return inspect_radios(rig);
  }
  return {};
}

}  // namespace postassoc
