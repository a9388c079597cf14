#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/run/task.h"

namespace postassoc::virtual_rig {

using Say = std::function<void(std::string_view)>;

/// Modules that the guest loads, in this order. Further ciphers are added here.
const std::vector<std::string>& guest_modules();

/// Debian's stock kernel, taken out of its package without installing it.
struct Kernel {
  std::filesystem::path vmlinux;  ///< uncompressed ELF: boots through PVH, nothing to decompress
  std::filesystem::path modules;  ///< folder with NAME.ko for each of guest_modules(), stripped
  std::string release;            ///< as `uname -r` gives it
  std::string key;                ///< names this very package and module list
};

/// Fetches the package with `apt-get download` (any user may) unless one lies in the cache, and
/// unpacks it once. An Error says which command a person must run. Needs the cache's lock.
Task<Kernel> prepare_kernel(std::filesystem::path cache, Say say);

/// The payload of a bzImage: from the XZ magic on. An Error when there is none.
Result<> extract_xz_payload(const std::filesystem::path& bzimage,
                            const std::filesystem::path& payload);

}  // namespace postassoc::virtual_rig
