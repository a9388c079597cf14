#include "harness/checks/excl_injected.h"
#include "harness/checks/registry.h"

/// Fragments and aggregates: frames that are one only after they were put together.
namespace postassoc::checks {
namespace {

Finding judge_plain_fragments(const Evidence& evidence) {
  FindingBuilder finding("excl.plain-fragments-dropped", evidence);
  finding.expect("nothing is put together of fragments of which one was unencrypted");
  return judge_not_delivered(finding, evidence,
                             {.noun = "plain fragmented frame",
                              .concerns =
                                  [](const Injected& one) {
                                    return one.form == "fragments_plain" ||
                                           one.form == "fragments_mixed";
                                  },
                              .asked = never_asked,
                              .form_control = true});
}

Finding judge_group_fragment(const Evidence& evidence) {
  FindingBuilder finding("excl.bcast-fragment-dropped", evidence);
  finding.expect("a second fragment to the broadcast address is never taken for a whole frame");
  return judge_not_delivered(
      finding, evidence,
      {.noun = "broadcast fragment",
       .concerns = [](const Injected& one) { return one.form == "fragment_to_group"; },
       .asked = never_asked,
       .when = MustNotArrive::When::associated,
       .minimum = 10,
       .to_group = true});
}

Finding judge_cloaked(const Evidence& evidence) {
  FindingBuilder finding("excl.eapol-cloaked-amsdu", evidence);
  finding.expect("nothing of an unencrypted A-MSDU that begins as an EAPOL frame is delivered");
  return judge_not_delivered(
      finding, evidence,
      {.noun = "EAPOL-like A-MSDU",
       .concerns = [](const Injected& one) { return one.form == "amsdu_cloaked"; },
       .asked = never_asked,
       .when = MustNotArrive::When::associated,
       .form_control = true});
}

Finding judge_key_mixing(const Evidence& evidence) {
  FindingBuilder finding("excl.fragment-key-mixing", evidence);
  finding.expect(
      "fragments under two keys, with a gap in their packet numbers, or alone give no frame");
  return judge_not_delivered(finding, evidence,
                             {.noun = "mismatched fragmented frame",
                              .concerns =
                                  [](const Injected& one) {
                                    return one.form == "fragments_two_keys" ||
                                           one.form == "fragments_packet_number_gap" ||
                                           one.form == "fragment_alone";
                                  },
                              .asked = never_asked,
                              .form_control = true});
}

constexpr std::string_view kNeeds =
    "air capture: the fragments and their acknowledgements; capture on the station's interface; "
    "kernel trace: the port and the EAPOL control";

}  // namespace

Check excl_plain_fragments_dropped() {
  return {"excl.plain-fragments-dropped",
          "Unencrypted fragments, alone or mixed with protected ones, are never put together and "
          "delivered.",
          "One fragment in clear that is let in lets its sender choose a part of a frame that "
          "looks protected.",
          "CVE-2020-26143; CVE-2020-26147; IEEE 802.11-2020, 10.5; mac80211 rx.c, "
          "ieee80211_rx_h_defragment",
          kNeeds,
          "fewer than 3 of a form reached the station's MAC, a positive control did not arrive, or "
          "no properly fragmented frame did (the station may not know fragments)",
          "injected fragments, all in clear and mixed, with properly protected ones as control",
          {"gate.capture-complete", "gate.injector-works"},
          judge_plain_fragments,
          true};
}

Check excl_bcast_fragment_dropped() {
  return {"excl.bcast-fragment-dropped",
          "A second fragment that was sent to the broadcast address is never processed as a whole "
          "frame, neither during nor after the handshake.",
          "Group frames are never fragmented; a station that takes such a piece for a frame lets "
          "anyone inject packets.",
          "CVE-2020-26145; IEEE 802.11-2020, 10.5 (only individually addressed frames are "
          "fragmented)",
          kNeeds,
          "fewer than 10 are on the air (nobody acknowledges them), or a positive control did not "
          "arrive",
          "injected second fragments to the broadcast address, and an exchange_data step near them",
          {"gate.capture-complete", "gate.injector-works"},
          judge_group_fragment,
          true};
}

Check excl_eapol_cloaked_amsdu() {
  return {"excl.eapol-cloaked-amsdu",
          "An unencrypted A-MSDU whose first octets look like the LLC/SNAP header of EAPOL "
          "delivers nothing.",
          "EAPOL passes unencrypted; an aggregate in its guise carries any packet along.",
          "CVE-2020-26144; IEEE 802.11-2020, 9.3.2.2",
          kNeeds,
          "fewer than 3 reached the station's MAC, a positive control did not arrive, or no proper "
          "A-MSDU did (the station may not take any)",
          "injected A-MSDUs that begin as EAPOL, with a protected A-MSDU as control",
          {"gate.capture-complete", "gate.injector-works"},
          judge_cloaked,
          true};
}

Check excl_fragment_key_mixing() {
  return {"excl.fragment-key-mixing",
          "Fragments under different keys, with gaps in their packet numbers, or first and last "
          "ones alone are never delivered.",
          "Whoever can make the station put together pieces of different frames reads or forges "
          "what was never sent.",
          "CVE-2020-24587; CVE-2020-26146; CVE-2020-26142; IEEE 802.11-2020, 12.5.3.3.1",
          kNeeds,
          "fewer than 3 of a form reached the station's MAC, a positive control did not arrive, or "
          "no properly fragmented frame did (the station may not know fragments)",
          "injected protected fragments around a rekey, with a gap, and alone; proper ones as "
          "control",
          {"gate.capture-complete", "gate.injector-works"},
          judge_key_mixing,
          true};
}

}  // namespace postassoc::checks
