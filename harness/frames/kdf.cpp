#include "harness/frames/kdf.h"

#include <string>

#include "harness/frames/byte_writer.h"
#include "harness/frames/mac_function.h"

namespace postassoc {
namespace {

constexpr std::size_t kLongestPrf = 5120;
constexpr std::size_t kLongestKdf = 8191;

/// PRF: label, a zero octet, context, a counter from 0 in one octet.
Bytes prf_input(std::string_view label, ByteView context, std::size_t i) {
  return ByteWriter()
      .bytes(as_bytes(label))
      .u8(0)
      .bytes(context)
      .u8(static_cast<std::uint8_t>(i))
      .take();
}

/// KDF: a counter from 1, label, context, and how many bits are wanted in all.
Bytes kdf_input(std::string_view label, ByteView context, std::size_t i, std::size_t length) {
  return ByteWriter()
      .le16(static_cast<std::uint16_t>(i + 1))
      .bytes(as_bytes(label))
      .bytes(context)
      .le16(static_cast<std::uint16_t>(length * 8))
      .take();
}

}  // namespace

const char* digest_name(KeyHash hash) {
  switch (hash) {
    case KeyHash::sha1:
      return "SHA1";
    case KeyHash::sha256:
      return "SHA256";
    case KeyHash::sha384:
      return "SHA384";
    case KeyHash::sha512:
      return "SHA512";
  }
  return "SHA256";
}

std::size_t digest_length(KeyHash hash) {
  switch (hash) {
    case KeyHash::sha1:
      return 20;
    case KeyHash::sha256:
      return 32;
    case KeyHash::sha384:
      return 48;
    case KeyHash::sha512:
      return 64;
  }
  return 32;
}

Result<Bytes> expand_key(KeyHash hash, ByteView key, std::string_view label, ByteView context,
                         std::size_t length) {
  const bool prf = hash == KeyHash::sha1;
  if (length > (prf ? kLongestPrf : kLongestKdf)) {
    return Error{Fault::lab, "a key of " + std::to_string(length) + " octets is too long to derive",
                 std::string(label)};
  }
  Bytes output;
  for (std::size_t i = 0; output.size() < length; ++i) {
    const auto block =
        hmac(digest_name(hash), key,
             prf ? prf_input(label, context, i) : kdf_input(label, context, i, length));
    if (!block) {
      return block.error();
    }
    output.insert(output.end(), block->begin(), block->end());
  }
  output.resize(length);
  return output;
}

}  // namespace postassoc
