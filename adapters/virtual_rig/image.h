#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "adapters/virtual_rig/kernel_package.h"

namespace postassoc::virtual_rig {

/// What is put in a program's place in the guest, or loaded into it.
struct GuestProgram {
  std::string name;                            ///< "wpa_supplicant"
  std::filesystem::path path;                  ///< on the host; empty: the one in PATH
  std::vector<std::filesystem::path> preload;  ///< shared libraries on the host
};
/// Where a library that is preloaded is in the guest.
std::filesystem::path preload_in_guest(const std::filesystem::path& library);

/// What QEMU boots. The root file system is an uncompressed initramfs of two parts: a base (stock
/// hostapd, wpa_supplicant and iw, their libraries, kernel modules) that seldom changes, and the
/// harness's own binary, which is the guest's init.
struct Image {
  std::filesystem::path kernel;
  std::filesystem::path initrd;
  std::string release;  ///< the kernel's
  std::string key;      ///< changes when anything that went into the image changes
};

/// Builds what is not in the cache. An Error names the program that is missing on the host and the
/// command that installs it. Needs the cache's lock.
Task<Image> prepare_image(std::filesystem::path cache, std::filesystem::path binary,
                          std::vector<GuestProgram> programs, Say say);

/// Marks the guest for is_guest_init() and lists its modules, one a line, in order.
inline constexpr const char* kGuestMarker = "/etc/postassoc-guest";
inline constexpr const char* kGuestModules = "/usr/lib/postassoc-modules";

}  // namespace postassoc::virtual_rig
