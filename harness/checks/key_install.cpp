#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/air_view.h"
#include "harness/checks/kernel_events.h"
#include "harness/checks/registry.h"

namespace postassoc::checks {
namespace {

constexpr std::int64_t kAlreadyInstalled = -114;  // -EALREADY

/// When the next handshake of the station begins; the installs before it belong to this one.
Timestamp next_begin(const std::vector<HandshakeView>& handshakes, std::size_t index) {
  for (std::size_t i = index + 1; i < handshakes.size(); ++i) {
    if (!handshakes[i].m1.empty()) {
      return handshakes[i].m1.front()->time;
    }
  }
  return Timestamp::max();
}

std::vector<KeyInstall> pairwise_installs(const Evidence& evidence, Timestamp from,
                                          Timestamp until) {
  auto installs = key_installs(evidence, Side::station, from, until);
  std::erase_if(installs, [](const KeyInstall& install) { return !install.pairwise; });
  return installs;
}

std::size_t effective_count(const std::vector<KeyInstall>& installs) {
  return static_cast<std::size_t>(
      std::count_if(installs.begin(), installs.end(), [](const auto& i) { return i.effective(); }));
}

// --- key.ptk-installed-once
// -----------------------------------------------------------------------

/// What is wrong with the installs of one handshake; nothing when there is exactly one.
std::optional<std::string> not_once(const std::vector<KeyInstall>& installs) {
  const std::size_t effective = effective_count(installs);
  if (effective > 1) {
    return fmt::format("the pairwise key was installed {} times in one handshake", effective);
  }
  if (installs.size() > 1) {
    const auto ignored = std::count_if(installs.begin(), installs.end(),
                                       [](const auto& i) { return i.result == kAlreadyInstalled; });
    return fmt::format(
        "the supplicant asked {} times for the pairwise key of one handshake; the "
        "kernel installed it {} and ignored {} as identical",
        installs.size(), effective == 1 ? "once" : "never", ignored);
  }
  if (installs.empty()) {
    return "the handshake completed, and no pairwise key was installed";
  }
  if (effective == 0) {
    return fmt::format("the kernel refused the pairwise key with {}", installs.front().result);
  }
  return std::nullopt;
}

Finding judge_installed_once(const Evidence& evidence) {
  FindingBuilder finding("key.ptk-installed-once", evidence);
  finding.expect("one request and one effective installation of the pairwise key per handshake");
  if (const auto stop = without_handshake(finding, evidence)) {
    return *stop;
  }
  if (const auto why = key_trace_unusable(evidence)) {
    return finding.inconclusive(*why);
  }
  const AirView air(evidence);
  std::size_t judged = 0;
  for (std::size_t i = 0; i < air.handshakes().size(); ++i) {
    const HandshakeView& handshake = air.handshakes()[i];
    if (!handshake.complete()) {
      continue;
    }
    const auto installs =
        pairwise_installs(evidence, handshake.m1.front()->time, next_begin(air.handshakes(), i));
    finding.frame(*handshake.m3.front()).frame(*handshake.m4.front());
    for (const KeyInstall& install : installs) {
      finding.event(*install.request);
    }
    if (const auto wrong = not_once(installs)) {
      return finding.at(installs.empty() ? handshake.m4.front()->time : installs.back().time())
          .fail(*wrong);
    }
    ++judged;
  }
  if (judged == 0) {
    return wrong_credential(evidence)
               ? finding.not_applicable("with another passphrase no handshake completes")
               : finding.inconclusive("no complete handshake is on the air");
  }
  return finding.pass(fmt::format("the pairwise key was asked for and installed once in each of {}",
                                  count_of(judged, "handshake")));
}

// --- key.install-only-on-valid-m3
// -----------------------------------------------------------------

enum class Basis { valid, unknown, none };

/// IEEE 802.11-2020, 12.7.6.4: what message 3 must be before any key of it is installed.
Basis m3_basis(const HandshakeView& handshake, Timestamp installed) {
  Basis best = Basis::none;
  for (const AirEapol* m3 : handshake.m3) {
    const bool same_anonce = m3->key && !handshake.m1.empty() && handshake.m1.front()->key &&
                             m3->key->nonce == handshake.m1.front()->key->nonce;
    if (m3->time > installed || !same_anonce || !m3->key->install() || m3->mic_valid == false) {
      continue;
    }
    if (m3->mic_valid) {
      return Basis::valid;
    }
    best = Basis::unknown;
  }
  return best;
}

/// A group key also comes with group message 1.
Basis g1_basis(const AirView& air, const Evidence& evidence, Timestamp installed) {
  for (const Association& association : evidence.air.associations) {
    for (const AirEapol* frame : air.keys(association)) {
      if (frame->message == KeyMessage::g1 && frame->time <= installed &&
          frame->mic_valid.value_or(true)) {
        return frame->mic_valid ? Basis::valid : Basis::unknown;
      }
    }
  }
  return Basis::none;
}

/// The association that was there at this time; null: it is not known, or its keys came without a
/// handshake (fast BSS transition).
const Association* association_at(const AirView& air, Timestamp time) {
  const Association* latest = nullptr;
  for (const HandshakeView& handshake : air.handshakes()) {
    const Association* one = handshake.association;
    if (one->response_time && *one->response_time <= time &&
        (latest == nullptr || *latest->response_time <= *one->response_time)) {
      latest = one;
    }
  }
  return latest != nullptr && latest->fast_transition ? nullptr : latest;
}

Basis basis_of(const AirView& air, const Evidence& evidence, const KeyInstall& install) {
  const Timestamp latest = install.time() + evidence.clock_uncertainty() + kAirStampUncertainty;
  const Association* association = association_at(air, latest);
  Basis best = Basis::none;
  for (const HandshakeView& handshake : air.handshakes()) {
    if (association != nullptr && handshake.association != association) {
      continue;  // an earlier association's message 3 is none for this key
    }
    const Basis basis = m3_basis(handshake, latest);
    if (basis == Basis::valid) {
      return basis;
    }
    best = basis == Basis::unknown ? basis : best;
  }
  if (!install.pairwise && best == Basis::none) {
    return g1_basis(air, evidence, latest);
  }
  return best;
}

/// With no install at all: right when the station could not have had a valid message 3.
Finding no_install(const AirView& air, const Evidence& evidence, const FindingBuilder& finding) {
  if (!wrong_credential(evidence)) {
    return finding.inconclusive("the station installed no key");
  }
  const auto& all = air.handshakes();
  if (std::none_of(all.begin(), all.end(),
                   [](const HandshakeView& h) { return !h.m1.empty() && !h.m2.empty(); })) {
    return finding.inconclusive(
        "no message 1 with a message 2 is on the air: that the station "
        "tried is not proved");
  }
  return finding.pass("the station had no valid message 3 and installed no key");
}

Finding judge_valid_m3(const Evidence& evidence) {
  FindingBuilder finding("key.install-only-on-valid-m3", evidence);
  finding.expect(
      "before each key a message 3 with valid MIC, Install set and the ANonce of "
      "message 1");
  if (const auto stop = without_handshake(finding, evidence)) {
    return *stop;
  }
  if (const auto why = key_trace_unusable(evidence)) {
    return finding.inconclusive(*why);
  }
  const AirView air(evidence);
  const auto installs = key_installs(evidence, Side::station);
  std::size_t unknown = 0;
  for (const KeyInstall& install : installs) {
    finding.event(*install.request);
    const Basis basis = basis_of(air, evidence, install);
    if (basis == Basis::none) {
      return finding.at(install.time())
          .fail(fmt::format("the station installed a {} key (index {}) with no valid message 3 "
                            "before it",
                            install.pairwise ? "pairwise" : "group", install.key_index));
    }
    unknown += basis == Basis::unknown ? 1U : 0U;
  }
  if (unknown > 0) {
    return finding.inconclusive(
        "the MIC of the message 3 before the installation can't be "
        "computed");
  }
  if (installs.empty()) {
    return no_install(air, evidence, finding);
  }
  return finding.pass(fmt::format("each of {} followed a valid message 3",
                                  count_of(installs.size(), "key installation")));
}

}  // namespace

Check key_ptk_installed_once() {
  return {"key.ptk-installed-once",
          "Each successful handshake installs the pairwise key exactly once.",
          "A second installation of the same key sets the packet number back: key streams repeat "
          "and frames can be decrypted and forged (KRACK).",
          "CVE-2017-13077; IEEE 802.11-2020, 12.7.6.4; mac80211 ieee80211_key_link",
          "kernel trace of the station: rdev_add_key and key_link; air capture: the handshake",
          "no kernel trace, lost events, or no complete handshake on the air",
          "any connect; repeated message 3",
          {"gate.clock-aligned", "gate.capture-complete"},
          judge_installed_once,
          true};
}

Check key_install_only_on_valid_m3() {
  return {"key.install-only-on-valid-m3",
          "No key is installed before a message 3 with valid MIC, Install set and the ANonce of "
          "message 1.",
          "A key taken from a message that proves nothing comes from whoever sent it.",
          "IEEE 802.11-2020, 12.7.6.4",
          "kernel trace of the station: rdev_add_key; air capture: message 1 and message 3",
          "no kernel trace, or message 3's MIC can't be computed",
          "any connect; a wrong passphrase; damaged message 3",
          {"gate.clock-aligned", "gate.capture-complete"},
          judge_valid_m3};
}

}  // namespace postassoc::checks
