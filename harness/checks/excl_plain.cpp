#include "harness/checks/excl_injected.h"
#include "harness/checks/registry.h"

/// Unencrypted data of one MPDU.
namespace postassoc::checks {
namespace {

using Kind = step::FrameKind;

bool is_asked_data(const step::Inject& step) {
  return step.frame != Kind::eapol;
}

/// Windows says of exclusion that it is about unicast frames, but in Compact 2013; mac80211 drops
/// every unprotected data frame as soon as there is a group key.
bool covers_group(Profile profile) {
  switch (profile) {
    case Profile::native:
    case Profile::wdi:
      return false;
    case Profile::compact:
    case Profile::linux_:
      return true;
  }
  return true;
}

/// Windows may set exclusion only with the keys; there the closed port alone has to hold.
bool covers_closed_port(Profile profile) {
  return profile == Profile::linux_;
}

Finding judge_unicast(const Evidence& evidence) {
  FindingBuilder finding("excl.plain-unicast-dropped", evidence);
  finding.expect("no unencrypted unicast data frame reaches the station's stack");
  return judge_not_delivered(
      finding, evidence,
      {.noun = "plain unicast frame",
       .concerns = [](const Injected& one) { return is_plain_data(one) && !one.to_group; },
       .asked = [](const step::Inject& step) { return is_asked_data(step) && !step.to_group; }});
}

Finding judge_group(const Evidence& evidence) {
  FindingBuilder finding("excl.plain-group-dropped", evidence);
  finding.expect("no unencrypted group-addressed data frame reaches the station's stack");
  return judge_not_delivered(
      finding, evidence,
      {.noun = "plain group frame",
       .concerns = [](const Injected& one) { return is_plain_data(one) && one.to_group; },
       .asked = [](const step::Inject& step) { return is_asked_data(step) && step.to_group; },
       .minimum = 10,
       .to_group = true,
       .binds = covers_group});
}

Finding judge_before_key(const Evidence& evidence) {
  FindingBuilder finding("excl.plain-before-key-dropped", evidence);
  finding.expect("no unencrypted data frame but EAPOL reaches the stack while the port is closed");
  return judge_not_delivered(finding, evidence,
                             {.noun = "plain data frame",
                              .concerns = [](const Injected& one) { return is_plain_data(one); },
                              .asked = is_asked_data,
                              .when = MustNotArrive::When::port_closed,
                              .binds = covers_closed_port});
}

Finding judge_listed(const Evidence& evidence) {
  FindingBuilder finding("excl.only-listed-ethertypes", evidence);
  finding.expect("no EtherType but EAPOL's is exempt: ARP and pre-authentication are dropped");
  return judge_not_delivered(
      finding, evidence,
      {.noun = "plain non-exempt frame",
       .concerns =
           [](const Injected& one) {
             const bool of_ip = one.frame == "udp" || one.frame == "ipv6";
             return is_plain_data(one) && !one.to_group && !of_ip;
           },
       .asked =
           [](const step::Inject& step) { return step.frame == Kind::arp && !step.to_group; }});
}

}  // namespace

Check excl_plain_unicast_dropped() {
  return {
      "excl.plain-unicast-dropped",
      "Once a key is installed, an unencrypted unicast data frame never reaches the station's "
      "stack.",
      "Whoever is in radio range could otherwise put packets behind the firewall of a "
      "protected network.",
      "CVE-2020-26140; OID_DOT11_EXCLUDE_UNENCRYPTED; mac80211 rx.c, ieee80211_drop_unencrypted",
      "air capture: the injected frames and their acknowledgements; capture on the station's "
      "interface; kernel trace: the port and the EAPOL control",
      "fewer than 3 frames reached the station's MAC, or a positive control did not arrive",
      "inject steps for udp, arp or ipv6, one for eapol, and an exchange_data step near them",
      {"gate.capture-complete", "gate.injector-works"},
      judge_unicast,
      true};
}

Check excl_plain_group_dropped() {
  return {
      "excl.plain-group-dropped",
      "Once the keys are installed, an unencrypted group-addressed data frame never reaches the "
      "station's stack (for the Windows profiles native and wdi that is told, not judged).",
      "A broadcast frame reaches every station of the network at once, and an IP packet to one "
      "host may hide in it.",
      "CVE-2020-26145 and its kin; OID_DOT11_EXCLUDE_UNENCRYPTED, whose pages disagree on group "
      "frames; mac80211 rx.c, ieee80211_drop_unencrypted",
      "air capture: the injected frames; capture on the station's interface; kernel trace: the "
      "port and the EAPOL control",
      "fewer than 10 frames are on the air (nobody acknowledges them), or a positive control, a "
      "protected group datagram among them, did not arrive",
      "inject steps for udp or arp to the group, one for eapol, and an exchange_data step near "
      "them",
      {"gate.capture-complete", "gate.injector-works"},
      judge_group,
      true};
}

Check excl_plain_before_key_dropped() {
  return {
      "excl.plain-before-key-dropped",
      "Between association and the opening of the port no unencrypted data frame but EAPOL "
      "reaches the station's stack (for the Windows profiles that is told, not judged).",
      "The handshake can be held up for seconds by anyone; meanwhile the station would take "
      "packets from everyone.",
      "mac80211 rx.c, ieee80211_802_1x_port_control; fragattacks README, frames before "
      "authentication",
      "air capture: the injected frames; capture on the station's interface; kernel trace: "
      "association, port, and EAPOL as control",
      "fewer than 3 frames reached the station's MAC, or no injected EAPOL frame its stack",
      "a wrong passphrase, which holds the port closed, and inject steps for udp, arp and eapol",
      {"gate.capture-complete", "gate.injector-works"},
      judge_before_key,
      true};
}

Check excl_only_listed_ethertypes() {
  return {
      "excl.only-listed-ethertypes",
      "No EtherType but those on the exemption list passes unencrypted: neither ARP nor "
      "pre-authentication (0x88C7).",
      "An exemption that is matched too loosely, or with its octets in the wrong order, opens the "
      "network to whatever has that type.",
      "DOT11_PRIVACY_EXEMPTION (usEtherType in big-endian order); mac80211 rx.c, "
      "ieee80211_frame_allowed",
      "air capture: the injected frames and their acknowledgements; capture on the station's "
      "interface; kernel trace: the port and the EAPOL control",
      "fewer than 3 frames reached the station's MAC, or a positive control did not arrive",
      "inject steps for arp or pre-authentication, one for eapol, and an exchange_data step near "
      "them",
      {"gate.capture-complete", "gate.injector-works"},
      judge_listed,
      true};
}

}  // namespace postassoc::checks
