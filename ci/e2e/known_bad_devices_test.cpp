// Scenarios on devices with one fault each: what is never seen to fail proves nothing.

#include "ci/e2e/end_to_end.h"

namespace postassoc {
namespace {

struct KnownBad {
  const char* device;    ///< in fixtures/devices
  const char* scenario;  ///< name
  const char* check;     ///< that finds the fault
};

void PrintTo(const KnownBad& known, std::ostream* out) {
  *out << known.device << " by " << known.check;
}

class KnownBadDevice : public EndToEnd, public testing::WithParamInterface<KnownBad> {};

TEST_P(KnownBadDevice, is_found_out) {
  const KnownBad& known = GetParam();
  const fs::path rig = fs::path(POSTASSOC_DEVICES) / (std::string(known.device) + ".json");
  const fs::path scenario = kSource / "scenarios" / (std::string(known.scenario) + ".json");
  const Ended ended = run({"--rig", rig.string(), scenario.string()});
  EXPECT_EQ(ended.code, 1) << ended.output;
  std::string slug = known.scenario;
  std::replace(slug.begin(), slug.end(), '/', '-');
  EXPECT_EQ(finding(evidence(slug), known.check)["verdict"], "fail") << ended.output;
}

INSTANTIATE_TEST_SUITE_P(
    Devices, KnownBadDevice,
    testing::Values(
        KnownBad{"reinstalls_key", "wpa2-psk/message-3-again", "key.no-reinstall-on-m3-retry"},
        KnownBad{"early_port", "unencrypted/before-keys", "port.never-opens-on-bad-credential"},
        KnownBad{"accepts_plain_arp", "wpa2-psk/unencrypted-after-keys",
                 "excl.plain-unicast-dropped"},
        KnownBad{"slow", "wpa2-psk/connect-sha256", "timing.m1-m2"}),
    [](const auto& instance) { return instance.param.device; });

}  // namespace
}  // namespace postassoc
