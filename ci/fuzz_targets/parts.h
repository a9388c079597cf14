#pragma once

#include <string_view>
#include <vector>

#include "harness/frames/bytes.h"

/// Inputs that are lists: frames, each behind its length (two octets, big-endian), or lines. A
/// mutation swaps, repeats or removes whole ones, which flipping octets hardly ever does.
namespace postassoc::fuzz {

enum class PartsFormat { none, frames, lines };
PartsFormat parts_format(std::string_view target);

std::vector<Bytes> split(PartsFormat format, ByteView input);
Bytes join(PartsFormat format, const std::vector<Bytes>& parts);

/// One change of the list, chosen by `seed`.
void shuffle(std::vector<Bytes>& parts, unsigned seed);

}  // namespace postassoc::fuzz
