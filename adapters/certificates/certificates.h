#pragma once

#include <filesystem>

#include "harness/result.h"

namespace postassoc {

/// PEM files of one chain each: certificate and private key of the two ends, signed by one
/// authority.
struct CertificateFiles {
  std::filesystem::path authority;
  std::filesystem::path server, server_key;
  std::filesystem::path client, client_key;
};

/// The elliptic curve of every key: P-256, or P-384 as suite B demands.
enum class Curve { p256, p384 };
/// By whom the client's certificate is signed: the authority, or one that the server doesn't know.
enum class ClientSigner { authority, stranger };

/// Makes an authority and two certificates for EAP-TLS with OpenSSL, in a folder of their own that
/// only its owner can enter. They are for one run: the authority's key is kept nowhere. Valid from
/// 2000 to 2049, whatever the clock says.
Result<CertificateFiles> make_certificates(const std::filesystem::path& folder, Curve curve,
                                           ClientSigner client_signer);

}  // namespace postassoc
