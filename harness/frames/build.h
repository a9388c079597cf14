#pragma once

#include <cstdint>
#include <optional>

#include "harness/frames/bytes.h"
#include "harness/frames/dot11.h"
#include "harness/frames/eapol.h"
#include "harness/frames/ft_elements.h"
#include "harness/frames/key_data.h"
#include "harness/frames/mac_address.h"
#include "harness/frames/rsn.h"
#include "harness/frames/suites.h"
#include "harness/result.h"

namespace postassoc {

// Builds frames, for injection and for tests. What these return, the parsers of this folder read
// back. Nothing here adds an FCS.

/// Radiotap TX flags (radiotap.org): what the kernel may do with an injected frame.
inline constexpr std::uint16_t kTxFlagNoAck = 0x0008;
inline constexpr std::uint16_t kTxFlagNoSequence = 0x0010;
inline constexpr std::uint16_t kTxFlagOrder = 0x0020;

/// The radiotap header to put before a frame for injection: TX flags, the rate where there is one,
/// and nothing else.
Bytes build_injection_radiotap(std::uint16_t tx_flags = 0,
                               std::optional<int> rate_500kbps = std::nullopt);

/// A radiotap header as a capture has it: TSFT, flags, channel, signal.
Bytes build_capture_radiotap(std::uint64_t tsft_us, std::uint8_t flags = 0, int channel_mhz = 2412,
                             int signal_dbm = -30);

/// The MAC header of a data frame. RA, TA and address 3 follow from the direction: from DS is sent
/// by the access point, to DS by the station, both is a four-address frame between `ra` and `ta`.
struct DataHeader {
  bool to_ds = false;
  bool from_ds = false;
  MacAddress bssid;
  MacAddress da;
  MacAddress sa;
  MacAddress ra;  ///< four-address frames only
  MacAddress ta;  ///< four-address frames only
  std::uint16_t sequence_number = 0;
  std::uint8_t fragment_number = 0;
  bool more_fragments = false;
  bool retry = false;
  bool power_management = false;
  bool protected_frame = false;
  std::optional<std::uint16_t> qos_control;  ///< makes it a QoS data frame
  std::optional<std::uint32_t> ht_control;   ///< with QoS only
  std::uint16_t duration = 0;
};

Bytes build_data_header(const DataHeader& header);

/// Header and body; the body is LLC/SNAP and payload, a CCMP body, or A-MSDU subframes.
Bytes build_data_frame(const DataHeader& header, ByteView body);

/// RFC 1042 LLC/SNAP and the payload: the plaintext body of most data frames.
Bytes build_llc_snap(std::uint16_t ethertype, ByteView payload);

/// One A-MSDU subframe around an MSDU that begins with LLC/SNAP; padded to four octets unless it is
/// the last.
Bytes build_amsdu_subframe(const MacAddress& da, const MacAddress& sa, ByteView msdu, bool last);

/// A CCMP-protected data frame: `header.protected_frame` is set, the body encrypted.
Result<Bytes> build_ccmp_frame(DataHeader header, ByteView tk, std::uint64_t pn,
                               std::uint8_t key_id, ByteView plaintext_body);

/// The same under any data cipher that `DataKey` encrypts with.
Result<Bytes> build_protected_frame(Suite cipher, DataHeader header, ByteView tk, std::uint64_t pn,
                                    std::uint8_t key_id, ByteView plaintext_body);

/// A management frame of the subtype; `body` is fixed fields and elements.
Bytes build_management_frame(std::uint8_t subtype, const MacAddress& ra, const MacAddress& ta,
                             const MacAddress& bssid, std::uint16_t sequence_number, ByteView body);

/// An acknowledgement.
Bytes build_ack(const MacAddress& ra);

/// An element with its id and length; the body has at most 255 octets.
Bytes build_element(std::uint8_t id, ByteView body);

/// The RSN element, id and length too, up to its last field that is present.
Bytes build_rsne(const Rsne& rsne);

Bytes build_gtk_kde(const GtkKde& gtk);
Bytes build_igtk_kde(const IgtkKde& igtk);
Bytes build_bigtk_kde(const BigtkKde& bigtk);

/// MDE and FTE, ids and lengths too. An FTE whose `mic` is empty gets 16 octets of zero.
Bytes build_mde(const Mde& mde);
Bytes build_fte(const Fte& fte);

/// The EAPOL PDU of an EAPOL-Key frame, with the MIC as `key.mic` holds it (see `sign`).
Bytes build_eapol_key(const EapolKey& key, std::uint8_t eapol_version = 2);

}  // namespace postassoc
