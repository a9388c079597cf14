#include "adapters/certificates/certificates.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstring>
#include <memory>
#include <string>

#include "adapters/wpa_ctrl/hostap_daemon.h"

namespace postassoc {
namespace {

namespace fs = std::filesystem;

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>>;
using Memory = std::unique_ptr<BIO, Freed<BIO_free_all>>;

struct Identity {
  Key key;
  Certificate certificate;
};

Error openssl_failed(const char* what) {
  return {Fault::lab, std::string("OpenSSL could not ") + what, "certificates"};
}

Result<Key> make_key(Curve curve) {
  Key key(EVP_EC_gen(curve == Curve::p256 ? "P-256" : "P-384"));
  if (!key) {
    return openssl_failed("make a key");
  }
  return key;
}

bool add_extension(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool set_serial(X509* certificate) {
  std::array<unsigned char, 8> octets{};
  if (RAND_bytes(octets.data(), octets.size()) != 1) {
    return false;
  }
  std::uint64_t serial = 0;
  std::memcpy(&serial, octets.data(), octets.size());
  return ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1U | 1U) == 1;
}

bool set_names(X509* certificate, const char* name, X509* issuer) {
  X509_NAME* subject = X509_get_subject_name(certificate);
  return X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                                    reinterpret_cast<const unsigned char*>(name), -1, -1, 0) == 1 &&
         X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1;
}

/// `issuer` null: signed by itself, an authority.
Result<Identity> make_identity(const char* name, Curve curve, const char* purpose,
                               const Identity* issuer) {
  auto key = make_key(curve);
  if (!key) {
    return key.error();
  }
  Certificate certificate(X509_new());
  X509* made = certificate.get();
  X509* signer = issuer != nullptr ? issuer->certificate.get() : made;
  EVP_PKEY* signing_key = issuer != nullptr ? issuer->key.get() : key->get();
  const bool filled =
      made != nullptr && X509_set_version(made, X509_VERSION_3) == 1 && set_serial(made) &&
      ASN1_TIME_set_string_X509(X509_getm_notBefore(made), "20000101000000Z") == 1 &&
      ASN1_TIME_set_string_X509(X509_getm_notAfter(made), "20491231235959Z") == 1 &&
      X509_set_pubkey(made, key->get()) == 1 && set_names(made, name, signer) &&
      add_extension(made, signer, NID_basic_constraints,
                    issuer != nullptr ? "critical,CA:FALSE" : "critical,CA:TRUE") &&
      (purpose == nullptr || add_extension(made, signer, NID_ext_key_usage, purpose)) &&
      X509_sign(made, signing_key, curve == Curve::p256 ? EVP_sha256() : EVP_sha384()) > 0;
  if (!filled) {
    return openssl_failed("make a certificate");
  }
  return Identity{std::move(*key), std::move(certificate)};
}

Result<> write_private(const fs::path& file, BIO* pem) {
  const char* text = nullptr;
  const long size = BIO_get_mem_data(pem, &text);
  return write_private_file(file, {text, static_cast<std::size_t>(size)});
}

Result<> write_certificate(const fs::path& file, X509* certificate) {
  const Memory pem(BIO_new(BIO_s_mem()));
  if (!pem || PEM_write_bio_X509(pem.get(), certificate) != 1) {
    return openssl_failed("write a certificate");
  }
  return write_private(file, pem.get());
}

Result<> write_identity(const fs::path& certificate_file, const fs::path& key_file,
                        const Identity& identity) {
  const Memory pem(BIO_new(BIO_s_mem()));
  if (!pem || PEM_write_bio_PrivateKey(pem.get(), identity.key.get(), nullptr, nullptr, 0, nullptr,
                                       nullptr) != 1) {
    return openssl_failed("write a key");
  }
  if (auto written = write_private(key_file, pem.get()); !written) {
    return written;
  }
  return write_certificate(certificate_file, identity.certificate.get());
}

}  // namespace

Result<CertificateFiles> make_certificates(const fs::path& folder, Curve curve,
                                           ClientSigner client_signer) {
  if (auto made = make_private_directory(folder); !made) {
    return made.error();
  }
  const auto authority = make_identity("postassoc authority", curve, nullptr, nullptr);
  const auto stranger = make_identity("postassoc stranger", curve, nullptr, nullptr);
  if (!authority || !stranger) {
    return authority ? stranger.error() : authority.error();
  }
  const auto server = make_identity("access-point.example", curve, "serverAuth", &*authority);
  const auto client =
      make_identity("station", curve, "clientAuth",
                    client_signer == ClientSigner::stranger ? &*stranger : &*authority);
  if (!server || !client) {
    return server ? client.error() : server.error();
  }
  CertificateFiles files{folder / "authority.pem", folder / "server.pem", folder / "server.key",
                         folder / "client.pem", folder / "client.key"};
  for (const auto& written : {write_certificate(files.authority, authority->certificate.get()),
                              write_identity(files.server, files.server_key, *server),
                              write_identity(files.client, files.client_key, *client)}) {
    if (!written) {
      return written.error();
    }
  }
  return files;
}

}  // namespace postassoc
