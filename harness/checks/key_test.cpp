#include <gtest/gtest.h>

#include "harness/checks/evidence_builder.h"
#include "harness/checks/kernel_events.h"

namespace postassoc::checks {
namespace {

constexpr auto kConnect = &EvidenceBuilder::connect;

EvidenceBuilder retried() {
  return kConnect().repeat_m3();
}

TEST(KeyPtkInstalledOnce, fails_on_two_effective_installations) {
  EvidenceBuilder b = kConnect();
  b.station_key(119, true, 0);
  const Finding finding = judge_one("key.ptk-installed-once", b);
  EXPECT_EQ(finding.verdict, Verdict::fail);
  EXPECT_NE(finding.summary.find("installed 2 times"), std::string::npos);
  EXPECT_EQ(finding.events.size(), 2U);
}

TEST(KeyPtkInstalledOnce, tells_a_second_request_that_the_kernel_ignored_from_a_reinstallation) {
  EvidenceBuilder b = kConnect();
  b.station_key(119, true, 0, -114);
  const Finding finding = judge_one("key.ptk-installed-once", b);
  EXPECT_EQ(finding.verdict, Verdict::fail);
  EXPECT_NE(finding.summary.find("ignored 1 as identical"), std::string::npos);
}

TEST(KeyPtkInstalledOnce, fails_when_none_or_only_a_refused_one_is_there) {
  EvidenceBuilder b = kConnect();
  b.event("key_link", Side::station).detail["return"] = -22;
  EXPECT_EQ(judge_one("key.ptk-installed-once", b).verdict, Verdict::fail);
  b.erase([](const Event& e) {
    return e.side == Side::station && e.name == "rdev_add_key" && e.detail["pairwise"] == true;
  });
  EXPECT_EQ(judge_one("key.ptk-installed-once", b).verdict, Verdict::fail);
}

TEST(KeyPtkInstalledOnce, does_not_count_the_access_points_keys) {
  EvidenceBuilder b = kConnect();
  b.add(119, Witness::kernel, Side::access_point, "rdev_add_key",
        {{"pairwise", true}, {"key_index", 0}});
  EXPECT_EQ(judge_one("key.ptk-installed-once", b).verdict, Verdict::pass);
}

TEST(KeyPtkInstalledOnce, is_inconclusive_without_key_trace_or_handshake) {
  EvidenceBuilder b = kConnect();
  b.erase("rdev_add_key");
  EXPECT_EQ(judge_one("key.ptk-installed-once", b).verdict, Verdict::inconclusive);
  b = kConnect();
  b.lose(KeyMessage::m3);
  EXPECT_EQ(judge_one("key.ptk-installed-once", b).verdict, Verdict::inconclusive);
}

TEST(KeyNoReinstall, passes_when_m3_is_answered_and_nothing_is_installed) {
  const Finding finding = judge_one("key.no-reinstall-on-m3-retry", retried());
  EXPECT_EQ(finding.verdict, Verdict::pass) << finding.summary;
}

TEST(KeyNoReinstall, fails_on_an_effective_reinstallation) {
  EvidenceBuilder b = retried();
  b.station_key(501, true, 0);
  EXPECT_EQ(judge_one("key.no-reinstall-on-m3-retry", b).verdict, Verdict::fail);
}

TEST(KeyNoReinstall, passes_with_a_word_when_the_kernel_ignored_the_request) {
  EvidenceBuilder b = retried();
  b.station_key(501, true, 0, -114);
  const Finding finding = judge_one("key.no-reinstall-on-m3-retry", b);
  EXPECT_EQ(finding.verdict, Verdict::pass);
  EXPECT_NE(finding.summary.find("the kernel ignored it"), std::string::npos);
}

TEST(KeyNoReinstall, fails_on_a_packet_number_that_starts_again_even_without_a_trace) {
  EvidenceBuilder b = retried();
  b.association().protected_data.back().pn = 1;
  b.erase([](const Event& e) { return e.witness == Witness::kernel; });
  EXPECT_EQ(judge_one("key.no-reinstall-on-m3-retry", b).verdict, Verdict::fail);
}

TEST(KeyNoReinstall, is_inconclusive_when_the_answer_the_data_or_the_stimulus_is_missing) {
  EvidenceBuilder no_answer = retried();
  no_answer.association().eapol.pop_back();
  no_answer.index_handshake();
  EXPECT_EQ(judge_one("key.no-reinstall-on-m3-retry", no_answer).verdict, Verdict::inconclusive);
  EvidenceBuilder no_data = retried();
  no_data.association().protected_data.resize(15);
  EXPECT_EQ(judge_one("key.no-reinstall-on-m3-retry", no_data).verdict, Verdict::inconclusive);
  EvidenceBuilder no_stimulus = retried();
  no_stimulus.association().eapol.resize(4);
  no_stimulus.index_handshake();
  EXPECT_EQ(judge_one("key.no-reinstall-on-m3-retry", no_stimulus).verdict, Verdict::inconclusive);
}

TEST(KeyPnNeverReused, fails_on_a_repeat_and_on_a_fall) {
  EvidenceBuilder b = kConnect();
  auto& data = b.association().protected_data;
  data[6].pn = data[3].pn;
  const Finding repeat = judge_one("key.pn-never-reused", b);
  EXPECT_EQ(repeat.verdict, Verdict::fail);
  EXPECT_EQ(repeat.frames, (std::vector<std::uint64_t>{data[3].frame, data[6].frame}));
  b = kConnect();
  b.association().protected_data[0].pn = 100;
  EXPECT_EQ(judge_one("key.pn-never-reused", b).verdict, Verdict::fail);
}

TEST(KeyPnNeverReused, knows_a_retry_from_a_reuse) {
  EvidenceBuilder b = kConnect();
  AirProtected again = b.association().protected_data[3];
  again.frame += 100;
  again.retry = true;
  b.association().protected_data.push_back(again);
  EXPECT_EQ(judge_one("key.pn-never-reused", b).verdict, Verdict::pass);
}

TEST(KeyPnNeverReused, starts_afresh_with_each_key) {
  EvidenceBuilder b = kConnect();
  AirProtected under_next_key = b.association().protected_data.front();
  under_next_key.handshake = 1;
  under_next_key.frame = 900;
  under_next_key.sequence_number = 900;
  b.association().protected_data.push_back(under_next_key);
  EXPECT_EQ(judge_one("key.pn-never-reused", b).verdict, Verdict::pass);
}

TEST(KeyPnNeverReused, is_inconclusive_when_the_sniffer_hides_the_header_or_little_was_sent) {
  EvidenceBuilder b = kConnect();
  b.evidence.air.quality.iv_missing = 1;
  EXPECT_EQ(judge_one("key.pn-never-reused", b).verdict, Verdict::inconclusive);
  b = kConnect();
  b.association().protected_data.resize(6);
  EXPECT_EQ(judge_one("key.pn-never-reused", b).verdict, Verdict::inconclusive);
}

TEST(KeyInstallOnlyOnValidM3, fails_without_a_valid_message_3_before_it) {
  EvidenceBuilder bad_mic = kConnect();
  bad_mic.message(KeyMessage::m3).mic_valid = false;
  EXPECT_EQ(judge_one("key.install-only-on-valid-m3", bad_mic).verdict, Verdict::fail);
  EvidenceBuilder other_anonce = kConnect();
  other_anonce.message(KeyMessage::m3).key->nonce[0] ^= std::byte{1};
  EXPECT_EQ(judge_one("key.install-only-on-valid-m3", other_anonce).verdict, Verdict::fail);
  EvidenceBuilder no_install = kConnect();
  no_install.message(KeyMessage::m3).key->key_info = 0x138a;
  EXPECT_EQ(judge_one("key.install-only-on-valid-m3", no_install).verdict, Verdict::fail);
  EvidenceBuilder early = kConnect();
  early.event("rdev_add_key", Side::station).time = EvidenceBuilder::ms(116);
  EXPECT_EQ(judge_one("key.install-only-on-valid-m3", early).verdict, Verdict::fail);
}

TEST(KeyInstallOnlyOnValidM3, fails_on_a_key_with_a_wrong_passphrase_and_passes_without) {
  EvidenceBuilder b = EvidenceBuilder::wrong_passphrase();
  EXPECT_EQ(judge_one("key.install-only-on-valid-m3", b).verdict, Verdict::pass);
  b.station_key(300, false, 1);
  EXPECT_EQ(judge_one("key.install-only-on-valid-m3", b).verdict, Verdict::fail);
}

TEST(KeyInstallOnlyOnValidM3, is_inconclusive_when_the_mic_is_unknown) {
  EvidenceBuilder b = kConnect();
  b.message(KeyMessage::m3).mic_valid.reset();
  EXPECT_EQ(judge_one("key.install-only-on-valid-m3", b).verdict, Verdict::inconclusive);
}

TEST(KernelEvents, pairs_each_request_with_the_answer_after_it) {
  EvidenceBuilder b = kConnect();
  b.station_key(119, true, 0, -114);
  const Evidence evidence = b.build();
  const auto installs = key_installs(evidence, Side::station);
  ASSERT_EQ(installs.size(), 3U);
  EXPECT_TRUE(installs[0].effective());
  EXPECT_FALSE(installs[1].effective());
  EXPECT_EQ(installs[2].key_index, 1);
}

}  // namespace
}  // namespace postassoc::checks
