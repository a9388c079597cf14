#pragma once

#include <filesystem>
#include <string>

namespace postassoc::virtual_rig {

struct KvmProbe {
  bool usable = false;
  std::string reason;  ///< half a sentence: "KVM opens but ran no guest within 50 ms"
};

/// Runs a loop of a million rounds on a bare virtual CPU, in a child process. Where virtualisation
/// is done by hardware it ends in a millisecond; where KVM emulates each instruction (nested
/// without hardware support) it does not end in a second, and TCG is faster. Takes at most 0.5 s.
KvmProbe probe_kvm();

/// The same, remembered in `cache_file` until the host boots again.
KvmProbe probe_kvm_cached(const std::filesystem::path& cache_file);

}  // namespace postassoc::virtual_rig
