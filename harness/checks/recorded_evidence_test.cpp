#include "harness/checks/recorded_evidence.h"

#include <cctype>
#include <fstream>

#include "harness/checks/kernel_events.h"

/// Recorded evidence is judged again as it was when it was recorded; and bent, one fault at a time,
/// it makes the check of that fault fail, and no other without a reason.
namespace postassoc::checks {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

// --- judged again
// ---------------------------------------------------------------------------------

class Fixture : public testing::TestWithParam<const char*> {};

TEST_P(Fixture, is_judged_as_it_was_when_it_was_recorded) {
  const auto evidence = read_evidence(fixture_directory(GetParam()));
  ASSERT_TRUE(evidence) << to_string(evidence.error());
  std::ifstream file(fixture_directory(GetParam()) / evidence_file::kFindings);
  const auto stored = nlohmann::json::parse(file);
  const Judgement judgement = judge(*evidence);
  EXPECT_EQ(to_string(judgement.verdict), stored.at("verdict").get<std::string>());
  EXPECT_EQ(judgement.summary, stored.at("summary").get<std::string>());
  ASSERT_EQ(judgement.findings.size(), stored.at("findings").size());
  for (std::size_t i = 0; i < judgement.findings.size(); ++i) {
    const Finding& again = judgement.findings[i];
    const auto& before = stored.at("findings").at(i);
    EXPECT_EQ(again.check, before.at("check").get<std::string>());
    EXPECT_EQ(to_string(again.verdict), before.at("verdict").get<std::string>()) << again.check;
    EXPECT_EQ(again.summary, before.at("summary").get<std::string>()) << again.check;
  }
}

std::vector<const char*> all_fixtures() {
  return {kConnect,         kConnectSha256, kMessage3Again,   kUnencrypted,
          kWrongPassphrase, kOpen,          kWrongCredential, kHostapdTerminated};
}

std::string plain_name(std::string_view text) {
  std::string name;
  for (const char c : text) {
    name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Recorded, Fixture, testing::ValuesIn(all_fixtures()),
                         [](const auto& info) { return plain_name(info.param); });

TEST(RecordedFault, told_to_connect_with_a_wrong_credential_fails_the_step_and_names_the_cause) {
  const Judgement judgement = judge(*read_evidence(fixture_directory(kWrongCredential)));
  EXPECT_EQ(judgement.verdict, Verdict::fail);
  EXPECT_NE(judgement.summary.find("run.completed"), std::string::npos);
  EXPECT_NE(judgement.summary.find("passphrase differs"), std::string::npos) << judgement.summary;
}

TEST(RecordedFault, plain_frames_delivered_are_seen_on_an_open_network) {
  const Verdicts found = verdicts(recorded(kOpen).build());
  EXPECT_EQ(found.at("excl.plain-unicast-dropped"), Verdict::fail);
}

TEST(RecordedFault, hostapd_that_ends_is_the_labs_error_and_no_check_blames_the_station) {
  const Verdicts found = verdicts(recorded(kHostapdTerminated).build());
  EXPECT_EQ(found.at("run.completed"), Verdict::error);
  EXPECT_EQ(with_verdict(found, Verdict::fail), std::set<std::string>{});
}

// --- what a fault does to recorded evidence
// -------------------------------------------------------

/// Whatever happened from `from` on happens `delay` later, for every witness.
void delay_from(EvidenceBuilder& b, Timestamp from, nanoseconds delay) {
  const auto move = [&](Timestamp& time) { time += time >= from ? delay : nanoseconds::zero(); };
  const auto move_all = [&](auto& seen) {
    for (auto& one : seen) {
      move(one.time);
    }
  };
  move_all(b.events);
  for (Association& association : b.evidence.air.associations) {
    move_all(association.eapol);
    move_all(association.protected_data);
    move_all(association.plain_data);
    if (association.response_time) {
      move(*association.response_time);
    }
    if (association.end_time) {
      move(*association.end_time);
    }
  }
  move_all(b.evidence.air.tagged);
  move_all(b.evidence.station_netdev);
  move_all(b.evidence.access_point_netdev);
}

/// When a kernel was given its n-th EAPOL frame to send.
Timestamp given(EvidenceBuilder& b, Side side, std::size_t n) {
  return b.event("rdev_tx_control_port", side, n).time;
}

std::vector<AirProtected*> from_station(EvidenceBuilder& b) {
  std::vector<AirProtected*> frames;
  for (AirProtected& frame : b.association().protected_data) {
    if (frame.direction == Direction::from_station) {
      frames.push_back(&frame);
    }
  }
  return frames;
}

/// The station's n-th request for a pairwise (group) key, with the kernel's answer after it.
Event& key_request(EvidenceBuilder& b, bool pairwise) {
  for (Event& e : b.events) {
    if (e.name == "rdev_add_key" && e.side == Side::station && flag(e, "pairwise") == pairwise) {
      return e;
    }
  }
  throw std::logic_error("no such key");
}

Event& port_opens(EvidenceBuilder& b) {
  for (Event& e : b.events) {
    if (e.name == "drv_sta_state" && e.side == Side::station && number(e, "new_state") == 4) {
      return e;
    }
  }
  throw std::logic_error("the port never opens");
}

void take_key_away(EvidenceBuilder& b, bool pairwise) {
  b.erase([pairwise](const Event& e) {
    return (e.name == "rdev_add_key" || e.name == "key_link") && e.side == Side::station &&
           flag(e, "pairwise") == pairwise;
  });
}

/// The keys of both kinds are asked for and answered around `time`.
void move_keys_to(EvidenceBuilder& b, Timestamp time) {
  for (Event& e : b.events) {
    if (e.side == Side::station && (e.name == "rdev_add_key" || e.name == "key_link")) {
      e.time = time;
    }
  }
}

void install_again(EvidenceBuilder& b, Timestamp time, std::int64_t result = 0) {
  b.station_key(to_ms(time), true, 0, result);
}

void open_port(EvidenceBuilder& b, Timestamp time) {
  b.events.push_back({time,
                      {},
                      Witness::kernel,
                      Side::station,
                      "drv_sta_state",
                      {{"old_state", 3}, {"new_state", 4}}});
}

// --- the faults
// -----------------------------------------------------------------------------------

struct Also {
  std::string_view check;
  std::string_view because;
};

struct Mutation {
  std::string_view name;
  const char* fixture;
  void (*bend)(EvidenceBuilder&);
  std::string_view fails;
  std::vector<Also> also = {};  ///< the only others that may fail with it, and why they do
};

void PrintTo(const Mutation& mutation, std::ostream* out) {
  *out << mutation.name;
}

const std::vector<Mutation> kMutations = {
    {"the station's first EAPOL frame is before the association response", kConnect,
     [](EvidenceBuilder& b) {
       const AirEapol& m2 = b.message(KeyMessage::m2);
       b.association().response_frame = m2.frame + 1;
       b.association().response_time = m2.time + std::chrono::microseconds(20);
     },
     "order.post-assoc-after-assoc"},
    {"the station goes on after its association was refused", kConnect,
     [](EvidenceBuilder& b) { b.association().status = 17; }, "order.post-assoc-after-assoc"},

    {"message 2 comes again after message 4", kConnect,
     [](EvidenceBuilder& b) {
       AirEapol again = b.message(KeyMessage::m2);
       const AirEapol& m4 = b.message(KeyMessage::m4);
       again.frame = m4.frame + 1;
       again.time = m4.time + milliseconds(1);
       b.association().eapol.push_back(again);
       b.index_handshake();
     },
     "order.message-sequence"},
    {"message 4 comes before message 3",
     kConnect,
     [](EvidenceBuilder& b) {
       auto& eapol = b.association().eapol;
       ASSERT_EQ(eapol.at(2).message, KeyMessage::m3);
       ASSERT_EQ(eapol.at(3).message, KeyMessage::m4);
       std::swap(eapol[2].frame, eapol[3].frame);
       std::swap(eapol[2].time, eapol[3].time);
       std::swap(eapol[2], eapol[3]);
       b.index_handshake();
       std::swap(b.event("rdev_tx_control_port", Side::station, 1).time,
                 b.event("rdev_tx_control_port", Side::access_point, 1).time);
     },
     "order.message-sequence",
     {{"eapol.replay-counter-echo", "no message 3 with its counter came before it"}}},

    {"message 4 is protected", kConnect,
     [](EvidenceBuilder& b) { b.message(KeyMessage::m4).protected_frame = true; },
     "order.initial-m4-clear-then-protected"},
    {"protected data of the station comes before message 4", kConnect,
     [](EvidenceBuilder& b) {
       const AirEapol& m4 = b.message(KeyMessage::m4);
       from_station(b).front()->frame = m4.frame - 1;
       from_station(b).front()->time = m4.time - std::chrono::microseconds(50);
     },
     "order.initial-m4-clear-then-protected"},

    {"the group key is never installed", kConnect,
     [](EvidenceBuilder& b) { take_key_away(b, false); }, "order.keys-before-authorized"},
    {"the port opens between message 4 and the keys", kConnect,
     [](EvidenceBuilder& b) {
       port_opens(b).time = b.message(KeyMessage::m4).time + milliseconds(1);
     },
     "order.keys-before-authorized"},

    {"message 3 has the replay counter of message 1", kConnect,
     [](EvidenceBuilder& b) {
       for (const KeyMessage kind : {KeyMessage::m3, KeyMessage::m4}) {
         b.message(kind).key->replay_counter = b.message(KeyMessage::m1).key->replay_counter;
       }
     },
     "eapol.replay-counter-monotonic"},

    {"message 4 has a counter of its own",
     kConnect,
     [](EvidenceBuilder& b) { b.message(KeyMessage::m4).key->replay_counter += 7; },
     "eapol.replay-counter-echo",
     {{"order.message-sequence", "a message 4 that answers nothing is out of sequence too"}}},
    {"message 2 has the counter of message 3, which is yet to come",
     kConnect,
     [](EvidenceBuilder& b) { b.message(KeyMessage::m2).key->replay_counter += 1; },
     "eapol.replay-counter-echo",
     {{"order.message-sequence", "a message 2 that answers nothing is out of sequence too"}}},

    {"the MIC of message 2 is wrong", kConnect,
     [](EvidenceBuilder& b) { b.message(KeyMessage::m2).mic_valid = false; }, "eapol.mic-valid"},
    {"the MIC of message 4 is wrong", kConnectSha256,
     [](EvidenceBuilder& b) { b.message(KeyMessage::m4).mic_valid = false; }, "eapol.mic-valid"},

    {"message 4 lacks Secure", kConnect,
     [](EvidenceBuilder& b) { b.message(KeyMessage::m4).key->key_info ^= EapolKey::kSecure; },
     "eapol.key-info-bits"},
    {"message 2 has the descriptor version of another AKM", kConnectSha256,
     [](EvidenceBuilder& b) { b.message(KeyMessage::m2).key->key_info ^= 1U; },
     "eapol.key-info-bits"},

    {"a capability bit of message 2's RSN element is flipped", kConnect,
     [](EvidenceBuilder& b) {
       AirEapol& m2 = b.message(KeyMessage::m2);
       m2.key->key_data.at(21) ^= std::byte{0x80};
       m2.key_data_plain.reset();
     },
     "eapol.m2-rsne-matches-assoc"},

    {"message 2 is 150 ms late", kConnect,
     [](EvidenceBuilder& b) { delay_from(b, given(b, Side::station, 0), milliseconds(150)); },
     "timing.m1-m2"},
    {"message 4 is 150 ms late", kConnect,
     [](EvidenceBuilder& b) { delay_from(b, given(b, Side::station, 1), milliseconds(150)); },
     "timing.m3-m4"},
    {"message 3 is 600 ms late",
     kConnect,
     [](EvidenceBuilder& b) { delay_from(b, given(b, Side::access_point, 1), milliseconds(600)); },
     "timing.handshake-total",
     {{"timing.post-assoc-total", "the link can't be usable before the handshake is done"}}},
    {"the keys are installed 150 ms late", kConnect,
     [](EvidenceBuilder& b) { delay_from(b, key_request(b, true).time, milliseconds(150)); },
     "timing.m4-to-usable"},
    {"message 1 is 600 ms late", kConnect,
     [](EvidenceBuilder& b) { delay_from(b, given(b, Side::access_point, 0), milliseconds(600)); },
     "timing.post-assoc-total"},

    {"the pairwise key is installed twice", kConnect,
     [](EvidenceBuilder& b) {
       install_again(b, port_opens(b).time + std::chrono::microseconds(100));
     },
     "key.ptk-installed-once"},
    {"the pairwise key is asked for twice, and the kernel ignores it", kConnect,
     [](EvidenceBuilder& b) {
       install_again(b, port_opens(b).time + std::chrono::microseconds(100), -114);
     },
     "key.ptk-installed-once"},
    {"the pairwise key is never installed",
     kConnect,
     [](EvidenceBuilder& b) { take_key_away(b, true); },
     "key.ptk-installed-once",
     {{"order.keys-before-authorized", "the port opened without it"}}},

    {"the pairwise key is installed again after the repeated message 3",
     kMessage3Again,
     [](EvidenceBuilder& b) {
       install_again(b, b.association().eapol.back().time + milliseconds(1));
     },
     "key.no-reinstall-on-m3-retry",
     {{"key.ptk-installed-once", "it is the second installation in this handshake"}}},
    {"packet numbers begin anew after the repeated message 3",
     kMessage3Again,
     [](EvidenceBuilder& b) {
       std::uint64_t pn = 0;
       for (AirProtected* frame : from_station(b)) {
         if (frame->frame > b.association().eapol.back().frame) {
           frame->pn = ++pn;
         }
       }
     },
     "key.no-reinstall-on-m3-retry",
     {{"key.pn-never-reused", "they were used before the repeated message 3"}}},

    {"a packet number is used twice", kConnect,
     [](EvidenceBuilder& b) { from_station(b).at(7)->pn = from_station(b).at(6)->pn; },
     "key.pn-never-reused"},
    {"a packet number falls back to one that was left out", kConnect,
     [](EvidenceBuilder& b) {
       for (AirProtected* frame : from_station(b)) {
         frame->pn += 100;
       }
       from_station(b).back()->pn = 50;
     },
     "key.pn-never-reused"},

    {"the keys are installed before message 3", kConnect,
     [](EvidenceBuilder& b) {
       move_keys_to(b, b.message(KeyMessage::m2).time + std::chrono::microseconds(100));
     },
     "key.install-only-on-valid-m3"},
    {"message 3 has another ANonce", kConnect,
     [](EvidenceBuilder& b) { b.message(KeyMessage::m3).key->nonce[31] ^= std::byte{1}; },
     "key.install-only-on-valid-m3"},
    {"message 3 lacks Install",
     kConnect,
     [](EvidenceBuilder& b) { b.message(KeyMessage::m3).key->key_info ^= EapolKey::kInstall; },
     "key.install-only-on-valid-m3",
     {{"eapol.key-info-bits", "Install is one of the bits"}}},
    {"the MIC of message 3 is wrong",
     kConnect,
     [](EvidenceBuilder& b) { b.message(KeyMessage::m3).mic_valid = false; },
     "key.install-only-on-valid-m3",
     {{"eapol.mic-valid", "it is a wrong MIC"}}},

    {"no group datagram is delivered", kConnect,
     [](EvidenceBuilder& b) {
       for (const Event& sent : b.events) {
         if (sent.name == "data_sent" && flag(sent, "group") == true) {
           std::erase_if(b.evidence.station_netdev,
                         [&, last = b.evidence.station_netdev.back().frame](const NetdevFrame& f) {
                           return f.tag == text(sent, "tag") && f.frame != last;
                         });
         }
       }
     },
     "excl.protected-frames-pass"},
    {"no datagram of the station is delivered", kConnect,
     [](EvidenceBuilder& b) {
       for (NetdevFrame& frame : b.evidence.access_point_netdev) {
         frame.tag.clear();
       }
     },
     "excl.protected-frames-pass"},

    {"one unencrypted frame is delivered", kUnencrypted,
     [](EvidenceBuilder& b) {
       for (const Event& injected : b.events) {
         if (injected.name == "injected" && text(injected, "frame") == "arp") {
           NetdevFrame delivered = b.evidence.station_netdev.back();
           delivered.tag = text(injected, "tag");
           b.evidence.station_netdev.push_back(delivered);
           return;
         }
       }
     },
     "excl.plain-unicast-dropped"},

    {"message 1 is acknowledged and never reaches the station's stack", kWrongPassphrase,
     [](EvidenceBuilder& b) {
       b.lose(KeyMessage::m2);
       b.erase([](const Event& e) {
         return e.side == Side::station &&
                (e.name == "cfg80211_rx_control_port" || e.name == "rdev_tx_control_port");
       });
     },
     "excl.eapol-clear-before-key"},

    {"keys and port come between message 3 and message 4", kConnect,
     [](EvidenceBuilder& b) {
       const Timestamp m3 = b.message(KeyMessage::m3).time;
       move_keys_to(b, m3 + std::chrono::microseconds(50));
       port_opens(b).time = m3 + std::chrono::microseconds(60);
     },
     "port.unauthorized-after-assoc"},
    {"the port opens with the association",
     kConnect,
     [](EvidenceBuilder& b) {
       port_opens(b).time = b.event("cfg80211_send_rx_assoc", Side::station).time;
     },
     "port.unauthorized-after-assoc",
     {{"order.keys-before-authorized", "there is no key yet"}}},

    {"the port closes and opens again", kConnect,
     [](EvidenceBuilder& b) {
       const Timestamp later = from_station(b).back()->time + milliseconds(1);
       b.events.push_back({later,
                           {},
                           Witness::kernel,
                           Side::station,
                           "drv_sta_state",
                           {{"old_state", 4}, {"new_state", 3}}});
       open_port(b, later + milliseconds(1));
     },
     "port.opens-once"},

    {"the supplicant says that it is connected with a wrong passphrase", kWrongPassphrase,
     [](EvidenceBuilder& b) {
       b.events.push_back({b.message(KeyMessage::m2).time + milliseconds(2),
                           {},
                           Witness::supplicant,
                           Side::station,
                           "CTRL-EVENT-CONNECTED",
                           nlohmann::json::object()});
     },
     "port.never-opens-on-bad-credential"},
    {"the port opens with a wrong passphrase",
     kWrongPassphrase,
     [](EvidenceBuilder& b) { open_port(b, b.message(KeyMessage::m2).time + milliseconds(2)); },
     "port.never-opens-on-bad-credential",
     {{"port.unauthorized-after-assoc", "there was no message 4"},
      {"order.keys-before-authorized", "there was no key"}}},
    {"a pairwise key is installed with a wrong passphrase",
     kWrongPassphrase,
     [](EvidenceBuilder& b) { install_again(b, b.message(KeyMessage::m2).time + milliseconds(2)); },
     "port.never-opens-on-bad-credential",
     {{"key.install-only-on-valid-m3", "there was no message 3"}}},

    {"a step does not get where the scenario expects it", kConnect,
     [](EvidenceBuilder& b) {
       Event& finished = b.event("step_finished", Side::none, 2);
       finished.name = "step_failed";
       finished.detail["fault"] = "device";
       finished.detail["what"] = "connected did not come within 10 s";
     },
     "run.completed"},
};

class Fault : public testing::TestWithParam<Mutation> {};

TEST_P(Fault, makes_its_check_fail_and_no_other_without_a_reason) {
  EvidenceBuilder bent = recorded(GetParam().fixture);
  ASSERT_EQ(with_verdict(verdicts(bent.build()), Verdict::fail), std::set<std::string>{})
      << "before it was bent";
  GetParam().bend(bent);
  std::set<std::string> expected = {std::string(GetParam().fails)};
  for (const Also& other : GetParam().also) {
    expected.emplace(other.check);
  }
  const Evidence evidence = bent.build();
  EXPECT_EQ(with_verdict(verdicts(evidence), Verdict::fail), expected) << told(evidence);
  EXPECT_EQ(judge(evidence).verdict, Verdict::fail);
}

INSTANTIATE_TEST_SUITE_P(Recorded, Fault, testing::ValuesIn(kMutations),
                         [](const auto& info) { return plain_name(info.param.name); });

TEST(Faults, leave_out_no_check) {
  for (const Check& check : all_checks()) {
    const bool has_one = std::any_of(kMutations.begin(), kMutations.end(),
                                     [&](const Mutation& m) { return m.fails == check.id; });
    EXPECT_EQ(has_one, !check.id.starts_with("gate.")) << check.id;
  }
}

}  // namespace
}  // namespace postassoc::checks
