#include "harness/frames/ft_keys.h"

#include <openssl/evp.h>

#include "harness/frames/akm.h"
#include "harness/frames/byte_reader.h"
#include "harness/frames/byte_writer.h"
#include "harness/frames/cipher_context.h"

namespace postassoc {
namespace {

/// The hash of an FT AKM; the keys PMK-R0 and PMK-R1 are as long as its digest.
Result<KeyHash> ft_hash(Suite akm, std::size_t key_size) {
  const auto sizes = akm_keys(akm, key_size);
  if (!is_ft_akm(akm) || !sizes) {
    return Error{Fault::lab,
                 "AKM " + akm_to_string(akm) + " has no FT key hierarchy for a key of " +
                     std::to_string(key_size) + " octets",
                 "FT"};
  }
  return sizes->hash;
}

/// Truncate-128(Hash(text || rest))
Result<Pmkid> name_of(KeyHash hash, std::string_view text, ByteView rest) {
  const Bytes input = ByteWriter().bytes(as_bytes(text)).bytes(rest).take();
  std::array<std::byte, EVP_MAX_MD_SIZE> digest{};
  std::size_t length = 0;
  if (EVP_Q_digest(nullptr, digest_name(hash), nullptr, input.data(), input.size(),
                   reinterpret_cast<unsigned char*>(digest.data()), &length) != 1) {
    return Error{Fault::lab, "OpenSSL failed to hash a key's name", "FT"};
  }
  return ByteReader(digest).array<16>();
}

}  // namespace

Result<FtPmk> derive_pmk_r0(ByteView xxkey, Suite akm, const FtContext& context,
                            const MacAddress& spa) {
  const auto hash = ft_hash(akm, xxkey.size());
  if (!hash) {
    return hash.error();
  }
  if (context.ssid.empty() || context.ssid.size() > 32 || context.r0kh_id.empty() ||
      context.r0kh_id.size() > 48) {
    return Error{Fault::lab, "an SSID has 1 to 32 octets and an R0KH-ID 1 to 48", "FT"};
  }
  const std::size_t size = digest_length(*hash);
  const auto data = expand_key(*hash, xxkey, "FT-R0",
                               ByteWriter()
                                   .u8(static_cast<std::uint8_t>(context.ssid.size()))
                                   .bytes(as_bytes(context.ssid))
                                   .le16(context.mdid)
                                   .u8(static_cast<std::uint8_t>(context.r0kh_id.size()))
                                   .bytes(context.r0kh_id)
                                   .address(spa)
                                   .take(),
                               size + sizeof(Pmkid));
  if (!data) {
    return data.error();
  }
  const ByteView key = ByteView(*data).first(size);
  const auto name = name_of(*hash, "FT-R0N", ByteView(*data).subspan(size));
  if (!name) {
    return name.error();
  }
  return FtPmk{Bytes(key.begin(), key.end()), *name};
}

Result<FtPmk> derive_pmk_r1(const FtPmk& pmk_r0, Suite akm, const MacAddress& r1kh_id,
                            const MacAddress& spa) {
  const auto hash = ft_hash(akm, pmk_r0.key.size());
  if (!hash) {
    return hash.error();
  }
  const Bytes holders = ByteWriter().address(r1kh_id).address(spa).take();
  auto key = expand_key(*hash, pmk_r0.key, "FT-R1", holders, digest_length(*hash));
  if (!key) {
    return key.error();
  }
  const auto name = name_of(*hash, "FT-R1N", ByteWriter().bytes(pmk_r0.name).bytes(holders).take());
  if (!name) {
    return name.error();
  }
  return FtPmk{std::move(*key), *name};
}

Result<Ptk> derive_ft_ptk(const FtPmk& pmk_r1, Suite akm, Suite pairwise_cipher,
                          const MacAddress& bssid, const MacAddress& spa, const Nonce& anonce,
                          const Nonce& snonce) {
  const auto hash = ft_hash(akm, pmk_r1.key.size());
  if (!hash) {
    return hash.error();
  }
  return expand_ptk(pmk_r1.key, akm, pmk_r1.key.size(), pairwise_cipher, "FT-PTK",
                    ByteWriter().bytes(snonce).bytes(anonce).address(bssid).address(spa).take());
}

Result<Ptk> derive_ft_ptk(ByteView xxkey, Suite akm, const FtContext& context,
                          Suite pairwise_cipher, const MacAddress& bssid, const MacAddress& spa,
                          const Nonce& anonce, const Nonce& snonce) {
  const auto pmk_r0 = derive_pmk_r0(xxkey, akm, context, spa);
  if (!pmk_r0) {
    return pmk_r0.error();
  }
  const auto pmk_r1 = derive_pmk_r1(*pmk_r0, akm, context.r1kh_id, spa);
  if (!pmk_r1) {
    return pmk_r1.error();
  }
  return derive_ft_ptk(*pmk_r1, akm, pairwise_cipher, bssid, spa, anonce, snonce);
}

}  // namespace postassoc
