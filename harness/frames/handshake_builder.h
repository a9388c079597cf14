#pragma once

#include <cstdint>
#include <optional>

#include "harness/frames/bytes.h"
#include "harness/frames/ft_keys.h"
#include "harness/frames/key_data.h"
#include "harness/frames/keys.h"
#include "harness/frames/mac_address.h"
#include "harness/frames/rsn.h"
#include "harness/result.h"

namespace postassoc {

/// What an RSN 4-way handshake is made of. The defaults are WPA2-PSK with CCMP-128.
struct HandshakeParameters {
  Bytes pmk;
  MacAddress aa;
  MacAddress spa;
  Nonce anonce{};
  Nonce snonce{};
  Suite akm = kAkmPsk;
  Suite pairwise_cipher = kCipherCcmp128;
  std::uint8_t descriptor_version = 2;
  std::uint64_t replay_counter = 1;  ///< of M1; M3 has the next
  Rsne rsne = psk_ccmp_rsne();
  GtkKde gtk{1, false, Bytes(16, std::byte{0x47})};
  std::optional<IgtkKde> igtk;    ///< in M3 when it is there
  std::optional<BigtkKde> bigtk;  ///< likewise
  /// Needed for an FT AKM: then `pmk` is the XXKey, M2 and M3 carry MDE, FTE and PMKR1Name.
  std::optional<FtContext> ft;

  /// Version 1, CCMP-128 for group and pairwise, PSK, capabilities 0.
  static Rsne psk_ccmp_rsne();
};

/// The PTK that these parameters make.
Result<Ptk> derive_ptk(const HandshakeParameters& parameters);

/// The four EAPOL PDUs, signed and with wrapped key data, and the PTK they install. M1 and M3 come
/// from the access point.
struct HandshakePdus {
  Bytes m1;
  Bytes m2;
  Bytes m3;
  Bytes m4;
  Ptk ptk;
};

Result<HandshakePdus> build_handshake(const HandshakeParameters& parameters);

/// The group key handshake's two PDUs under an installed PTK.
struct GroupHandshakePdus {
  Bytes g1;
  Bytes g2;
};

Result<GroupHandshakePdus> build_group_handshake(const Ptk& ptk, Suite akm,
                                                 std::uint8_t descriptor_version,
                                                 std::uint64_t replay_counter, const GtkKde& gtk);

}  // namespace postassoc
