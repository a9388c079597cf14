#include "harness/frames/rsn.h"

#include "harness/frames/byte_reader.h"
#include "harness/frames/malformed.h"

namespace postassoc {
namespace {

/// A count and that many suite selectors; a count that does not fit fails the reader.
std::vector<Suite> take_suites(ByteReader& reader) {
  const std::size_t count = reader.le16();
  ByteReader list(reader.bytes(count * 4));
  std::vector<Suite> suites;
  while (list.left() > 0) {
    suites.push_back(list.be32());
  }
  return suites;
}

std::vector<Pmkid> take_pmkids(ByteReader& reader) {
  const std::size_t count = reader.le16();
  ByteReader list(reader.bytes(count * 16));
  std::vector<Pmkid> pmkids;
  while (list.left() > 0) {
    pmkids.push_back(list.array<16>());
  }
  return pmkids;
}

}  // namespace

Result<Rsne> parse_rsne(ByteView body) {
  ByteReader reader(body);
  Rsne rsne;
  rsne.version = reader.le16();
  if (reader.left() > 0) {
    rsne.group_cipher = reader.be32();
  }
  if (reader.left() > 0) {
    rsne.pairwise_ciphers = take_suites(reader);
  }
  if (reader.left() > 0) {
    rsne.akms = take_suites(reader);
  }
  if (reader.left() > 0) {
    rsne.capabilities = reader.le16();
  }
  if (reader.left() > 0) {
    rsne.pmkids = take_pmkids(reader);
  }
  if (reader.left() > 0) {
    rsne.group_management_cipher = reader.be32();
  }
  if (!reader.ok()) {
    return malformed("RSNE", "a field is cut off: " + to_hex(body));
  }
  return rsne;
}

bool Rsnxe::has(unsigned bit) const {
  const std::size_t octet = bit / 8;
  return octet < capabilities.size() &&
         (std::to_integer<unsigned>(capabilities[octet]) >> bit % 8 & 1U) != 0;
}

Result<Rsnxe> parse_rsnxe(ByteView body) {
  if (body.empty()) {
    return malformed("RSNXE", "the element is empty");
  }
  const std::size_t length = (std::to_integer<std::size_t>(body[0]) & 0x0fU) + 1;
  if (length > body.size()) {
    return malformed("RSNXE", "a field is cut off: " + to_hex(body));
  }
  return Rsnxe{Bytes(body.begin(), body.begin() + static_cast<std::ptrdiff_t>(length))};
}

}  // namespace postassoc
