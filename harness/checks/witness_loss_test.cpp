#include <cctype>

#include "harness/checks/kernel_events.h"
#include "harness/checks/recorded_evidence.h"

/// Recorded evidence without one of its witnesses, by name: the checks that need it can't say. That
/// no check at all gains by any loss is loss_matrix_test.cpp's.
namespace postassoc::checks {
namespace {

using Ids = std::vector<std::string_view>;

/// Rest on the handshake in the air capture.
const Ids kHandshakeChecks = {"order.post-assoc-after-assoc",
                              "order.message-sequence",
                              "order.initial-m4-clear-then-protected",
                              "eapol.replay-counter-monotonic",
                              "eapol.replay-counter-echo",
                              "eapol.mic-valid",
                              "eapol.key-info-bits",
                              "eapol.m2-rsne-matches-assoc",
                              "excl.eapol-clear-before-key"};
const Ids kTimingChecks = {"timing.m1-m2", "timing.m3-m4", "timing.handshake-total",
                           "timing.m4-to-usable", "timing.post-assoc-total"};
/// Rest on the air capture and on the kernel trace.
const Ids kBothChecks = {"key.ptk-installed-once", "key.install-only-on-valid-m3",
                         "excl.protected-frames-pass", "port.unauthorized-after-assoc"};
/// Rest on the kernel trace alone.
const Ids kKernelChecks = {"order.keys-before-authorized", "port.opens-once"};

Ids operator+(Ids a, const Ids& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

struct Loss {
  std::string_view name;
  const char* fixture;
  void (*take)(EvidenceBuilder&);
  Ids cannot_say;  ///< pass before, inconclusive without the witness
  /// A check whose mutant makes the situation first, where no recording has it.
  std::string_view situation_of = {};
};

EvidenceBuilder evidence_of(const Loss& loss) {
  EvidenceBuilder evidence = recorded(loss.fixture);
  for (const Mutant& mutant : all_mutants()) {
    if (mutant.fails == loss.situation_of && mutant.fixture == loss.fixture &&
        mutant.situate != nullptr) {
      EXPECT_TRUE(mutant.situate(evidence)) << loss.name;
      break;
    }
  }
  return evidence;
}

void PrintTo(const Loss& loss, std::ostream* out) {
  *out << loss.name;
}

// --- witnesses
// ------------------------------------------------------------------------------------

void take_air(EvidenceBuilder& b) {
  b.evidence.air = {};
  b.evidence.missing["air.pcap"] = "was not recorded";
}
void take_kernel(EvidenceBuilder& b) {
  b.erase([](const Event& e) { return e.witness == Witness::kernel; });
}
void take_keys_of_trace(EvidenceBuilder& b) {
  b.erase([](const Event& e) { return e.name == "rdev_add_key" || e.name == "key_link"; });
}
void lose_trace_events(EvidenceBuilder& b) {
  Event lost = b.event("rdev_assoc", Side::station);
  lost.name = "trace_lost";
  b.events.push_back(lost);
}
void take_station_netdev(EvidenceBuilder& b) {
  b.evidence.station_netdev.clear();
  b.evidence.missing["station.pcap"] = "was not recorded";
}
Event& drained(EvidenceBuilder& b, std::string_view file) {
  for (Event& e : b.events) {
    if (e.name == "capture_drained" && text(e, "file") == file) {
      return e;
    }
  }
  throw std::logic_error("no such mark");
}
void take_mark(EvidenceBuilder& b, std::string_view file) {
  b.erase(
      [file](const Event& e) { return e.name == "capture_drained" && text(e, "file") == file; });
}
void take_pmk(EvidenceBuilder& b) {
  for (Association& association : b.evidence.air.associations) {
    for (AirEapol& frame : association.eapol) {
      frame.mic_valid.reset();
      frame.mic_unknown_reason = "no PMK";
      frame.key_data_plain.reset();
    }
    association.group_keys.clear();
    for (AirProtected& frame : association.protected_data) {
      frame.handshake = kNoKey;
      frame.plaintext.reset();
    }
  }
  std::erase_if(b.evidence.air.tagged, [](const auto& seen) { return seen.protected_frame; });
}

// --- losses
// ---------------------------------------------------------------------------------------

const std::vector<Loss> kLosses = {
    {"no air capture", kConnect, take_air,
     kHandshakeChecks + kTimingChecks + kBothChecks +
         Ids{"key.pn-never-reused", "key.no-zero-tk", "eapol.anonce-m1-m3-equal",
             "eapol.m3-rsne-matches-beacon", "eapol.descriptor-and-keylen", "eapol.group-kdes",
             "gate.clock-aligned", "gate.capture-complete", "gate.crypto-visible"}},
    {"no air capture of a repeated message 3",
     kMessage3Again,
     take_air,
     {"key.no-reinstall-on-m3-retry"}},
    {"no air capture of injected frames",
     kUnencrypted,
     take_air,
     {"excl.plain-unicast-dropped", "gate.injector-works"}},
    {"no air capture of a wrong passphrase",
     kWrongPassphrase,
     take_air,
     {"port.never-opens-on-bad-credential", "timing.ref-retry-schedule", "gate.ref-behaves"}},

    {"no air capture of new pairwise keys", kPairwiseRekey, take_air, {"eapol.nonces-fresh"}},
    {"no air capture of new group keys", kGroupRekey, take_air, {"timing.gtk-rekey-response"}},

    {"no kernel trace", kConnect, take_kernel,
     kTimingChecks + kBothChecks + kKernelChecks + Ids{"gate.clock-aligned"}},
    {"no kernel trace of a repeated message 3",
     kMessage3Again,
     take_kernel,
     {"key.no-reinstall-on-m3-retry"}},
    {"no kernel trace of injected frames",
     kUnencrypted,
     take_kernel,
     {"excl.plain-unicast-dropped"}},
    {"no kernel trace of a wrong passphrase",
     kWrongPassphrase,
     take_kernel,
     {"port.never-opens-on-bad-credential"}},
    {"the kernel trace lost events", kConnect, lose_trace_events,
     kTimingChecks + kBothChecks + kKernelChecks},
    {"the kernel trace has no key events",
     kConnect,
     take_keys_of_trace,
     {"order.keys-before-authorized", "key.ptk-installed-once", "key.install-only-on-valid-m3"}},
    {"the recording broke off", kConnect, [](EvidenceBuilder& b) { b.erase("run_finished"); },
     kTimingChecks + kBothChecks + kKernelChecks},

    {"the end of the air capture is not marked", kConnect,
     [](EvidenceBuilder& b) { take_mark(b, "air.pcap"); },
     kHandshakeChecks + kTimingChecks + kBothChecks +
         Ids{"key.pn-never-reused", "gate.capture-complete"}},
    {"the end of the air capture is not marked, wrong passphrase",
     kWrongPassphrase,
     [](EvidenceBuilder& b) { take_mark(b, "air.pcap"); },
     {"port.never-opens-on-bad-credential"}},
    {"the air capture dropped frames",
     kMessage3Again,
     [](EvidenceBuilder& b) { drained(b, "air.pcap").detail["dropped_by_kernel"] = 3; },
     {"gate.capture-complete", "key.no-reinstall-on-m3-retry", "key.pn-never-reused"}},
    {"the air capture's file holds fewer frames than were captured", kConnect,
     [](EvidenceBuilder& b) { b.evidence.air.quality.frames = 50; },
     kHandshakeChecks + kTimingChecks + kBothChecks + Ids{"gate.capture-complete"}},
    {"beacons are missing", kConnect,
     [](EvidenceBuilder& b) { b.evidence.air.quality.beacons_expected *= 2; },
     kHandshakeChecks + Ids{"gate.capture-complete"}},
    {"a message 4 that the kernel sent is not on the air", kConnect,
     [](EvidenceBuilder& b) { b.lose(KeyMessage::m4); },
     kTimingChecks + Ids{"order.message-sequence", "order.initial-m4-clear-then-protected",
                         "key.ptk-installed-once", "gate.capture-complete", "gate.clock-aligned"}},

    {"one clock sample", kConnect, [](EvidenceBuilder& b) { b.evidence.clock_samples.resize(1); },
     kTimingChecks + Ids{"key.ptk-installed-once", "key.install-only-on-valid-m3",
                         "port.unauthorized-after-assoc", "gate.clock-aligned"}},
    {"no air capture of a forged message 1",
     kMessage1Then3,
     take_air,
     {"key.no-reinstall-after-forged-m1"}},
    {"no kernel trace of a forged message 1",
     kMessage1Then3,
     take_kernel,
     {"key.no-reinstall-after-forged-m1", "key.no-group-key-reinstall"}},
    {"no PMK, group message 1 again",
     kGroupMessage1Again,
     take_pmk,
     {"key.no-group-key-reinstall"}},
    {"no kernel trace of the end",
     kConnect,
     take_kernel,
     {"key.removed-on-disconnect", "key.installed-equals-derived"}},
    {"no PMK, group keys", kConnect, take_pmk, {"key.installed-equals-derived"}},
    {"no air capture of the end", kConnect, take_air, {"key.removed-on-disconnect"}},
    {"no datagram in the capture on the station's interface, a new pairwise key",
     kPairwiseRekey,
     take_station_netdev,
     {"key.ptk-rekey-clean"},
     "key.ptk-rekey-clean"},
    {"no capture on the station's interface, new group keys",
     kGroupRekey,
     take_station_netdev,
     {"key.gtk-rekey-alternates"}},
    {"no PMK, new group keys", kGroupRekey, take_pmk, {"key.gtk-rekey-alternates"}},
    {"no capture on the station's interface, a high RSC",
     kConnect,
     take_station_netdev,
     {"key.gtk-rsc-honoured"},
     "key.gtk-rsc-honoured"},
    {"no kernel trace of the end of WNM sleep mode",
     kConnect,
     take_kernel,
     {"key.ft-and-wnm-no-reinstall"},
     "key.ft-and-wnm-no-reinstall"},
    {"no capture on the station's interface, replays",
     kPacketNumbersReplayed,
     take_station_netdev,
     {"key.rx-replay-protection"}},
    {"no air capture of replays", kPacketNumbersReplayed, take_air, {"key.rx-replay-protection"}},
    {"the clocks moved against each other", kConnect,
     [](EvidenceBuilder& b) {
       b.evidence.clock_samples.back().realtime += std::chrono::milliseconds(6);
     },
     kTimingChecks + Ids{"gate.clock-aligned"}},

    {"no PMK",
     kConnect,
     take_pmk,
     {"eapol.mic-valid", "key.pn-never-reused", "key.install-only-on-valid-m3",
      "excl.protected-frames-pass", "timing.m4-to-usable", "timing.post-assoc-total",
      "gate.crypto-visible"}},
    {"no PMK, message 3 again", kMessage3Again, take_pmk, {"key.no-reinstall-on-m3-retry"}},
    {"the sniffer takes the CCMP header off",
     kMessage3Again,
     [](EvidenceBuilder& b) { b.evidence.air.quality.iv_missing = 4; },
     {"gate.crypto-visible", "key.pn-never-reused", "key.no-reinstall-on-m3-retry"}},
    {"the station sends nothing after the repeated message 3",
     kMessage3Again,
     [](EvidenceBuilder& b) {
       const std::uint64_t last = b.association().eapol.back().frame;
       std::erase_if(b.association().protected_data,
                     [last](const AirProtected& f) { return f.frame > last; });
     },
     {"key.no-reinstall-on-m3-retry"}},
    {"the limit lies within the uncertainty",
     kConnect,
     [](EvidenceBuilder& b) {
       b.evidence.plan.scenario.limits["timing.m1-m2"] = {std::chrono::microseconds(790), {}};
     },
     {"timing.m1-m2"}},

    {"no capture on the station's interface",
     kConnect,
     take_station_netdev,
     {"excl.protected-frames-pass"}},
    {"no capture on the station's interface, injected frames",
     kUnencrypted,
     take_station_netdev,
     {"excl.plain-unicast-dropped", "excl.protected-frames-pass"}},
    {"the capture on the station's interface ends early",
     kUnencrypted,
     [](EvidenceBuilder& b) { b.evidence.station_netdev.resize(12); },
     {"excl.plain-unicast-dropped", "excl.protected-frames-pass"}},
    {"the end of the capture on the access point's interface is not marked",
     kConnect,
     [](EvidenceBuilder& b) { take_mark(b, "access_point.pcap"); },
     {"excl.protected-frames-pass"}},
    {"no datagram is seen protected on the air",
     kConnect,
     [](EvidenceBuilder& b) { b.evidence.air.tagged.clear(); },
     {"excl.protected-frames-pass"}},

    {"the injected frames are not on the air",
     kUnencrypted,
     [](EvidenceBuilder& b) {
       std::erase_if(b.evidence.air.tagged, [](const auto& seen) { return !seen.protected_frame; });
     },
     {"excl.plain-unicast-dropped", "gate.injector-works"}},
    {"the station acknowledges no injected frame",
     kUnencrypted,
     [](EvidenceBuilder& b) {
       for (auto& seen : b.evidence.air.tagged) {
         seen.acknowledged = false;
       }
     },
     {"excl.plain-unicast-dropped", "gate.injector-works"}},
    {"no injected EAPOL frame reaches the station's stack",
     kUnencrypted,
     [](EvidenceBuilder& b) {
       const Timestamp injected = b.event("injected").time;
       b.erase([injected](const Event& e) {
         return e.name == "cfg80211_rx_control_port" && e.time > injected;
       });
     },
     {"excl.plain-unicast-dropped"}},
    {"no datagram is sent around the injected frames",
     kUnencrypted,
     [](EvidenceBuilder& b) { b.erase("data_sent"); },
     {"excl.plain-unicast-dropped", "excl.protected-frames-pass"}},

    {"the station answers no message 1, which it may not have received",
     kConnect,
     [](EvidenceBuilder& b) {
       b.message(KeyMessage::m1).acknowledged = false;
       b.lose(KeyMessage::m2).lose(KeyMessage::m3).lose(KeyMessage::m4);
     },
     {"excl.eapol-clear-before-key", "timing.m1-m2", "eapol.replay-counter-echo",
      "eapol.replay-counter-monotonic", "eapol.m2-rsne-matches-assoc", "eapol.mic-valid",
      "order.post-assoc-after-assoc"}},
    {"the port never opens",
     kConnect,
     [](EvidenceBuilder& b) {
       b.erase([](const Event& e) {
         return e.name == "drv_sta_state" && e.side == Side::station &&
                (number(e, "new_state") == 4 || number(e, "old_state") == 4);
       });
     },
     {"port.opens-once", "order.keys-before-authorized", "timing.m4-to-usable",
      "timing.post-assoc-total", "excl.protected-frames-pass"}},
    {"hostapd does not speak of a mismatch",
     kWrongPassphrase,
     [](EvidenceBuilder& b) { b.erase("AP-STA-POSSIBLE-PSK-MISMATCH"); },
     {"port.never-opens-on-bad-credential"}},
    {"no message 2 proves the attempt",
     kWrongPassphrase,
     [](EvidenceBuilder& b) { b.lose(KeyMessage::m2); },
     {"port.never-opens-on-bad-credential", "key.install-only-on-valid-m3", "timing.m1-m2"}},
};

class WitnessLoss : public testing::TestWithParam<Loss> {};

TEST_P(WitnessLoss, makes_a_check_inconclusive_and_never_pass_or_fail) {
  EvidenceBuilder less = evidence_of(GetParam());
  const Verdicts before = verdicts(less.build());
  GetParam().take(less);
  const Evidence evidence = less.build();
  const Verdicts after = verdicts(evidence);
  for (const std::string_view id : GetParam().cannot_say) {
    EXPECT_EQ(before.at(std::string(id)), Verdict::pass) << id;
    EXPECT_EQ(after.at(std::string(id)), Verdict::inconclusive) << id << told(evidence);
  }
  for (const auto& [id, verdict] : after) {
    EXPECT_NE(verdict, Verdict::fail) << id << told(evidence);
    EXPECT_TRUE(verdict != Verdict::pass || before.at(id) == Verdict::pass) << id << told(evidence);
  }
}

INSTANTIATE_TEST_SUITE_P(Recorded, WitnessLoss, testing::ValuesIn(kLosses), [](const auto& info) {
  std::string name;
  for (const char c : info.param.name) {
    name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  }
  return name;
});

}  // namespace
}  // namespace postassoc::checks
