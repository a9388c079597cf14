#include <algorithm>

#include "harness/air_eapol.h"
#include "harness/frames/akm.h"

namespace postassoc {

/// R0KH-ID and R1KH-ID come with the FTE, the mobility domain with its own element.
void EapolSession::take_ft_context(const FtElements& elements) {
  if (elements.mde) {
    ft_.mdid = elements.mde->mdid;
  }
  if (elements.fte && !elements.fte->r0kh_id.empty()) {
    ft_.r0kh_id.assign(elements.fte->r0kh_id.begin(), elements.fte->r0kh_id.end());
  }
  if (elements.fte && elements.fte->r1kh_id) {
    ft_.r1kh_id = *elements.fte->r1kh_id;
  }
}

/// A reassociation request whose FTE has a MIC ends a fast transition (IEEE 802.11-2020, 13.8.4):
/// its FTE holds both nonces and key holders, so that the FT authentication frames need not have
/// been captured.
void EapolSession::take_request(Association& association, const Elements& elements) {
  if (!association.suites || !is_ft_akm(association.suites->akm)) {
    return;
  }
  const SelectedSuites& suites = *association.suites;
  const FtElements ft = parse_ft_elements(elements.list, mic_length(suites.akm));
  take_ft_context(ft);
  if (!association.reassociation || !ft.fte || ft.fte->element_count == 0) {
    return;
  }
  association.fast_transition = true;
  association.handshakes.emplace_back();
  const Proof proof =
      find_key(association, suites, ft.fte->anonce, ft.fte->snonce, 0, [&](const Ptk& ptk) {
        return verify_ft_mic(ptk.kck, suites.akm, FtMessage::reassoc_request, association.station,
                             association.bssid, elements.list);
      });
  if (proof.key) {
    association.handshakes.front().tk = proof.key->ptk.tk;
    keys_.add_ptk(*proof.key);
  }
}

/// The initial association's response names the key holders; that of a fast transition brings the
/// group keys (13.8.5).
void EapolSession::take_response(Association& association, const Elements& elements) {
  if (!association.suites || !is_ft_akm(association.suites->akm)) {
    return;
  }
  const Suite akm = association.suites->akm;
  const FtElements ft = parse_ft_elements(elements.list, mic_length(akm));
  take_ft_context(ft);
  if (!association.fast_transition || keys_.ptks().empty() || !ft.fte) {
    return;
  }
  const Ptk ptk = keys_.ptks().front().ptk;
  const auto valid = verify_ft_mic(ptk.kck, akm, FtMessage::reassoc_response, association.station,
                                   association.bssid, elements.list);
  if (!valid || !*valid) {
    return;
  }
  AirGroupKey key;
  key.frame = association.response_frame.value_or(0);
  key.time = association.response_time.value_or(Timestamp{});
  if (ft.fte->gtk) {
    if (auto gtk = unwrap_ft_gtk(ptk.kek, *ft.fte->gtk)) {
      key.key_id = gtk->key_id;
      key.rsc = ft.fte->gtk->packet_number;
      key.key = std::move(gtk->key);
      add_group_key(association, key);
    }
  }
  for (const auto kind : {AirGroupKey::Kind::igtk, AirGroupKey::Kind::bigtk}) {
    const auto& wrapped = kind == AirGroupKey::Kind::igtk ? ft.fte->igtk : ft.fte->bigtk;
    if (!wrapped) {
      continue;
    }
    if (auto found = unwrap_ft_igtk(ptk.kek, *wrapped)) {
      key.kind = kind;
      key.key_id = found->key_id;
      key.rsc = found->packet_number;
      key.key = std::move(found->key);
      add_group_key(association, key);
    }
  }
}

}  // namespace postassoc
