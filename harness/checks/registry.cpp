#include "harness/checks/registry.h"

#include <algorithm>
#include <iterator>

#include "harness/check_aliases.h"

namespace postassoc::checks {
namespace {

/// Marks what an air capture alone can decide.
Check by_air(Check check) {
  check.air_suffices = true;
  return check;
}

/// `checks`, and behind them those of the IHV contract by number.
std::vector<Check> with_ihv(std::vector<Check> checks) {
  const auto others = static_cast<std::ptrdiff_t>(checks.size());
  for (const auto section :
       {ihv_loading_checks, ihv_preparation_checks, ihv_start_checks, ihv_completion_checks,
        ihv_success_checks, ihv_port_end_checks, ihv_reset_checks, ihv_removal_checks,
        ihv_sending_checks, ihv_receiving_checks, ihv_key_argument_checks, ihv_key_use_checks,
        ihv_user_request_checks, ihv_rest_checks}) {
    std::vector<Check> rules = section();
    std::move(rules.begin(), rules.end(), std::back_inserter(checks));
  }
  std::sort(checks.begin() + others, checks.end(),
            [](const Check& a, const Check& b) { return a.id < b.id; });
  return checks;
}

}  // namespace

std::span<const Check> all_checks() {
  static const std::vector<Check> checks = with_ihv({
      gate_clock_aligned(),
      gate_capture_complete(),
      gate_injector_works(),
      gate_crypto_visible(),
      gate_ref_behaves(),
      gate_mutants_caught(),
      run_completed(),
      by_air(order_post_assoc_after_assoc()),
      by_air(order_message_sequence()),
      by_air(order_initial_m4_clear_then_protected()),
      order_keys_before_authorized(),
      by_air(order_no_data_before_authorized()),
      by_air(order_rekey_messages_protected()),
      by_air(order_early_m1_not_lost()),
      by_air(eapol_replay_counter_monotonic()),
      by_air(eapol_replay_counter_echo()),
      by_air(eapol_replayed_frame_ignored()),
      by_air(eapol_anonce_m1_m3_equal()),
      by_air(eapol_nonces_fresh()),
      by_air(eapol_mic_valid()),
      by_air(eapol_bad_mic_ignored()),
      by_air(eapol_key_info_bits()),
      by_air(eapol_descriptor_and_keylen()),
      by_air(eapol_m3_rsne_matches_beacon()),
      by_air(eapol_m2_rsne_matches_assoc()),
      by_air(eapol_group_kdes()),
      by_air(eapol_unauthenticated_keydata_ignored()),
      by_air(eapol_invalid_field_silent_discard()),
      by_air(timing_m1_m2()),
      by_air(timing_m3_m4()),
      by_air(timing_handshake_total()),
      timing_m4_to_usable(),
      timing_post_assoc_total(),
      by_air(timing_gtk_rekey_response()),
      by_air(timing_roam_gap()),
      by_air(timing_dut_gives_up()),
      timing_ref_retry_schedule(),
      key_ptk_installed_once(),
      key_no_reinstall_on_m3_retry(),
      by_air(key_no_zero_tk()),
      by_air(key_pn_never_reused()),
      key_install_only_on_valid_m3(),
      key_no_reinstall_after_forged_m1(),
      key_no_group_key_reinstall(),
      key_rx_replay_protection(),
      key_gtk_rsc_honoured(),
      key_ptk_rekey_clean(),
      key_gtk_rekey_alternates(),
      key_ft_and_wnm_no_reinstall(),
      key_installed_equals_derived(),
      key_removed_on_disconnect(),
      excl_protected_frames_pass(),
      excl_plain_unicast_dropped(),
      excl_plain_group_dropped(),
      excl_plain_fragments_dropped(),
      excl_bcast_fragment_dropped(),
      excl_eapol_cloaked_amsdu(),
      excl_fragment_key_mixing(),
      excl_plain_before_key_dropped(),
      excl_eapol_clear_before_key(),
      excl_eapol_clear_after_key(),
      excl_only_listed_ethertypes(),
      by_air(excl_tx_never_plain()),
      excl_unprotected_mgmt(),
      excl_eapol_not_forwarded(),
      excl_grid(),
      port_unauthorized_after_assoc(),
      port_opens_once(),
      port_never_opens_on_bad_credential(),
      port_tx_blocked(),
      port_rx_blocked(),
      port_closes_on_loss(),
      port_sources_agree(),
      port_reauth_keeps_service(),
      robust_single_loss_converges(),
      robust_m3_retry_answered(),
      robust_retry_exhaustion_clean(),
      robust_deauth_at_each_step(),
      robust_forged_m1_no_wedge(),
      robust_malformed_eapol(),
      robust_surprise_removal(),
      multi_reassoc_same_bss(),
      multi_roam_state_isolated(),
      multi_pmksa_reconnect(),
      multi_fragment_cache_cleared(),
  });
  return checks;
}

std::vector<std::string> check_ids() {
  std::vector<std::string> ids;
  for (const Check& check : all_checks()) {
    ids.emplace_back(check.id);
  }
  return ids;
}

const Check* find_check(std::string_view id) {
  const auto checks = all_checks();
  const auto found = std::find_if(checks.begin(), checks.end(),
                                  [id = check_called(id)](const Check& c) { return c.id == id; });
  return found == checks.end() ? nullptr : &*found;
}

}  // namespace postassoc::checks
