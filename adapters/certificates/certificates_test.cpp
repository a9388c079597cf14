#include "adapters/certificates/certificates.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <string>

namespace postassoc {
namespace {

namespace fs = std::filesystem;

class Certificates : public testing::Test {
 protected:
  void SetUp() override {
    if (std::system("command -v openssl >/dev/null") != 0) {
      GTEST_SKIP() << "needs the program openssl";
    }
    std::string name = (fs::temp_directory_path() / "postassoc-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  void TearDown() override { fs::remove_all(folder_); }

  /// `openssl verify` for the purpose, 30 years from the start of the validity.
  bool verifies(const CertificateFiles& files, const fs::path& certificate,
                const std::string& purpose) {
    const std::string command = "openssl verify -attime 1893456000 -purpose " + purpose +
                                " -CAfile " + files.authority.string() + " " +
                                certificate.string() + " >/dev/null 2>&1";
    return std::system(command.c_str()) == 0;
  }

  fs::path folder_;
};

TEST_F(Certificates, of_both_ends_verify_by_the_authority_for_their_purpose) {
  for (const Curve curve : {Curve::p256, Curve::p384}) {
    const auto files = make_certificates(folder_ / "made", curve, ClientSigner::authority);
    ASSERT_TRUE(files) << to_string(files.error());
    EXPECT_TRUE(verifies(*files, files->server, "sslserver"));
    EXPECT_TRUE(verifies(*files, files->client, "sslclient"));
    EXPECT_FALSE(verifies(*files, files->client, "sslserver"));
  }
}

TEST_F(Certificates, of_a_client_signed_by_a_stranger_does_not_verify) {
  const auto files = make_certificates(folder_ / "made", Curve::p256, ClientSigner::stranger);
  ASSERT_TRUE(files);
  EXPECT_TRUE(verifies(*files, files->server, "sslserver"));
  EXPECT_FALSE(verifies(*files, files->client, "sslclient"));
}

TEST_F(Certificates, have_keys_that_only_the_owner_can_read) {
  const auto files = make_certificates(folder_ / "made", Curve::p384, ClientSigner::authority);
  ASSERT_TRUE(files);
  struct stat status {};
  ASSERT_EQ(::stat(files->server_key.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  ASSERT_EQ(::stat((folder_ / "made").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);
}

TEST_F(Certificates, need_a_folder_that_can_be_made) {
  const auto files = make_certificates("/proc/a", Curve::p256, ClientSigner::authority);
  ASSERT_FALSE(files);
  EXPECT_EQ(files.error().fault, Fault::lab);
}

}  // namespace
}  // namespace postassoc
