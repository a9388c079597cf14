#pragma once

#include "harness/checks/check.h"

/// The makers of every check, by behaviour. registry.cpp lists them in the order of the catalogue;
/// a new check is a function here, its rule beside its kin, and a line there.
namespace postassoc::checks {

Check gate_clock_aligned();
Check gate_capture_complete();
Check gate_injector_works();
Check gate_crypto_visible();
Check gate_ref_behaves();
Check gate_mutants_caught();

Check run_completed();

Check order_post_assoc_after_assoc();
Check order_message_sequence();
Check order_initial_m4_clear_then_protected();
Check order_keys_before_authorized();
Check order_no_data_before_authorized();
Check order_rekey_messages_protected();
Check order_early_m1_not_lost();

Check eapol_replay_counter_monotonic();
Check eapol_replay_counter_echo();
Check eapol_replayed_frame_ignored();
Check eapol_mic_valid();
Check eapol_bad_mic_ignored();
Check eapol_key_info_bits();
Check eapol_descriptor_and_keylen();
Check eapol_anonce_m1_m3_equal();
Check eapol_nonces_fresh();
Check eapol_m3_rsne_matches_beacon();
Check eapol_m2_rsne_matches_assoc();
Check eapol_group_kdes();
Check eapol_unauthenticated_keydata_ignored();
Check eapol_invalid_field_silent_discard();

Check timing_m1_m2();
Check timing_m3_m4();
Check timing_handshake_total();
Check timing_m4_to_usable();
Check timing_post_assoc_total();
Check timing_gtk_rekey_response();
Check timing_ref_retry_schedule();
Check timing_dut_gives_up();
Check timing_roam_gap();

Check key_ptk_installed_once();
Check key_no_reinstall_on_m3_retry();
Check key_pn_never_reused();
Check key_no_zero_tk();
Check key_install_only_on_valid_m3();
Check key_no_reinstall_after_forged_m1();
Check key_no_group_key_reinstall();
Check key_rx_replay_protection();
Check key_gtk_rsc_honoured();
Check key_ptk_rekey_clean();
Check key_gtk_rekey_alternates();
Check key_ft_and_wnm_no_reinstall();
Check key_installed_equals_derived();
Check key_removed_on_disconnect();

Check excl_protected_frames_pass();
Check excl_plain_unicast_dropped();
Check excl_plain_group_dropped();
Check excl_plain_fragments_dropped();
Check excl_bcast_fragment_dropped();
Check excl_eapol_cloaked_amsdu();
Check excl_fragment_key_mixing();
Check excl_plain_before_key_dropped();
Check excl_eapol_clear_before_key();
Check excl_eapol_clear_after_key();
Check excl_only_listed_ethertypes();
Check excl_tx_never_plain();
Check excl_unprotected_mgmt();
Check excl_eapol_not_forwarded();
Check excl_grid();

Check port_unauthorized_after_assoc();
Check port_opens_once();
Check port_never_opens_on_bad_credential();

Check port_tx_blocked();
Check port_rx_blocked();
Check port_closes_on_loss();
Check port_sources_agree();
Check port_reauth_keeps_service();

Check robust_single_loss_converges();
Check robust_m3_retry_answered();
Check robust_retry_exhaustion_clean();
Check robust_deauth_at_each_step();
Check robust_forged_m1_no_wedge();
Check robust_malformed_eapol();
Check robust_surprise_removal();

Check multi_reassoc_same_bss();
Check multi_roam_state_isolated();
Check multi_pmksa_reconnect();
Check multi_fragment_cache_cleared();

// The rules of the IHV contract, a file a section: ihv.pa-01 to ihv.pa-58.
std::vector<Check> ihv_loading_checks();
std::vector<Check> ihv_preparation_checks();
std::vector<Check> ihv_start_checks();
std::vector<Check> ihv_completion_checks();
std::vector<Check> ihv_success_checks();
std::vector<Check> ihv_port_end_checks();
std::vector<Check> ihv_reset_checks();
std::vector<Check> ihv_removal_checks();
std::vector<Check> ihv_sending_checks();
std::vector<Check> ihv_receiving_checks();
std::vector<Check> ihv_key_argument_checks();
std::vector<Check> ihv_key_use_checks();
std::vector<Check> ihv_user_request_checks();
std::vector<Check> ihv_rest_checks();

}  // namespace postassoc::checks
