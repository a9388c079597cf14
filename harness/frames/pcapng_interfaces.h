#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

namespace postassoc {

/// An Interface Description Block of a pcapng file (draft-ietf-opsawg-pcapng, 4.2).
struct PcapngInterface {
  int link_type = 0;
  std::uint32_t snap_length = 0;
};

/// The interfaces of the file's first section, in order: their place is the interface id. Reads as
/// far as the file is sound, and no more than 1000 interfaces. Empty for what is no pcapng.
std::vector<PcapngInterface> list_pcapng_interfaces(FILE* file);

}  // namespace postassoc
