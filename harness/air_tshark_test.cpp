#include <gtest/gtest.h>

#include <memory>
#include <sstream>

#include "harness/air_test_capture.h"
#include "harness/command_output.h"

namespace postassoc {
namespace {

/// Wireshark as the oracle: the same capture, an independent decoder and decryption.
class Tshark : public testing::Test {
 protected:
  void SetUp() override {
    if (!output_of("command -v tshark")) {
      GTEST_SKIP() << "needs tshark";
    }
  }
  /// One line a frame, the fields tab-separated.
  std::string fields(const std::string& filter, const std::string& fields) {
    const auto text = output_of(fmt::format(
        "HOME={} tshark -r {} -o wlan.enable_decryption:TRUE "
        "-o 'uat:80211_keys:\"wpa-psk\",\"{}\"' -Y '{}' -T fields {} 2>/dev/null",
        home_.path().string(), capture_.save().string(), to_hex(capture_.pmk), filter, fields));
    return text.value_or("tshark failed");
  }

  TestFolder home_;
  TestCapture capture_;
};

TEST_F(Tshark, NumbersTheMessagesAlike) {
  capture_.beacon();
  capture_.associate(capture_.parameters(1));
  capture_.deauthentication(false, 3);
  capture_.associate(capture_.parameters(2));
  std::ostringstream mine;
  const Air air = capture_.read();
  for (const Association& association : air.associations) {
    for (const AirEapol& eapol : association.eapol) {
      mine << eapol.frame << '\t' << to_string(eapol.message).substr(1) << '\n';
    }
  }
  EXPECT_EQ(fields("eapol", "-e frame.number -e wlan_rsna_eapol.keydes.msgnr"), mine.str());
}

TEST_F(Tshark, DecryptsTheSameFrames) {
  capture_.beacon();
  const auto p = capture_.parameters(1);
  const auto first = capture_.associate(p);
  std::uint64_t pn = 0;
  for (const bool from_access_point : {true, false, true}) {
    capture_.encrypted(capture_.header(from_access_point), first.ptk.tk, ++pn, kEthertypeArp,
                       Bytes(28));
  }
  DataHeader broadcast = capture_.header(true);
  broadcast.da = kBroadcast;
  broadcast.qos_control.reset();
  capture_.encrypted(broadcast, p.gtk.key, 1, kEthertypeArp, Bytes(28), p.gtk.key_id);
  const auto second = build_handshake(capture_.parameters(2, 3)).value();
  capture_.encrypted(capture_.header(true), first.ptk.tk, ++pn, kEthertypeEapol, second.m1);
  capture_.encrypted(capture_.header(false), first.ptk.tk, ++pn, kEthertypeEapol, second.m2);
  capture_.encrypted(capture_.header(true), first.ptk.tk, ++pn, kEthertypeEapol, second.m3);
  capture_.encrypted(capture_.header(false), first.ptk.tk, ++pn, kEthertypeEapol, second.m4);
  capture_.encrypted(capture_.header(false), second.ptk.tk, 1, kEthertypeArp, Bytes(28));

  std::ostringstream mine;
  const Air air = capture_.read();
  for (const AirProtected& seen : air.associations.at(0).protected_data) {
    if (seen.ethertype == kEthertypeArp || seen.ethertype == kEthertypeEapol) {
      mine << seen.frame << '\n';
    }
  }
  EXPECT_EQ(air.quality.protected_decrypted, 9U);
  EXPECT_EQ(fields("wlan.fc.protected == 1 && (arp || eapol)", "-e frame.number"), mine.str());
}

}  // namespace
}  // namespace postassoc
