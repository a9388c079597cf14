#include "harness/frames/build.h"

#include "harness/frames/byte_writer.h"
#include "harness/frames/data_key.h"
#include "harness/frames/malformed.h"

namespace postassoc {
namespace {

constexpr std::uint32_t kPresentRate = 1U << 2;
constexpr std::uint32_t kPresentTxFlags = 1U << 15;
constexpr std::uint32_t kPresentCapture = 1U << 0 | 1U << 1 | 1U << 3 | 1U << 5;
constexpr std::uint16_t kChannel2GhzOfdm = 0x00c0;
constexpr std::uint16_t kChannel5GhzOfdm = 0x0140;

std::uint16_t frame_control(FrameType type, std::uint8_t subtype) {
  return static_cast<std::uint16_t>(static_cast<unsigned>(type) << 2 | subtype << 4);
}

std::uint16_t sequence_control(std::uint16_t sequence, std::uint8_t fragment) {
  return static_cast<std::uint16_t>(sequence << 4 | (fragment & 0x0fU));
}

std::uint16_t frame_control(const DataHeader& header) {
  unsigned control = frame_control(FrameType::data, header.qos_control ? kQosData : kData);
  control |= header.to_ds ? 0x0100U : 0U;
  control |= header.from_ds ? 0x0200U : 0U;
  control |= header.more_fragments ? 0x0400U : 0U;
  control |= header.retry ? 0x0800U : 0U;
  control |= header.power_management ? 0x1000U : 0U;
  control |= header.protected_frame ? 0x4000U : 0U;
  control |= header.qos_control && header.ht_control ? 0x8000U : 0U;
  return static_cast<std::uint16_t>(control);
}

/// Addresses 1 to 3 by the To DS/From DS rules.
void write_addresses(ByteWriter& writer, const DataHeader& header) {
  if (header.to_ds && header.from_ds) {
    writer.address(header.ra).address(header.ta).address(header.da);
  } else if (header.to_ds) {
    writer.address(header.bssid).address(header.sa).address(header.da);
  } else if (header.from_ds) {
    writer.address(header.da).address(header.bssid).address(header.sa);
  } else {
    writer.address(header.da).address(header.sa).address(header.bssid);
  }
}

ByteWriter& write_packet_number(ByteWriter& writer, std::uint64_t packet_number) {
  return writer.le32(static_cast<std::uint32_t>(packet_number))
      .le16(static_cast<std::uint16_t>(packet_number >> 32));
}

/// IGTK and BIGTK KDEs differ in their type.
Bytes igtk_kde(std::uint8_t type, const IgtkKde& igtk) {
  ByteWriter body;
  body.be32(kOuiIeee80211 << 8 | type).le16(igtk.key_id);
  return build_element(kElementVendorSpecific,
                       write_packet_number(body, igtk.packet_number).bytes(igtk.key).take());
}

Bytes igtk_subelement(const FtWrappedKey& key) {
  ByteWriter body;
  body.le16(key.key_id);
  return write_packet_number(body, key.packet_number).u8(key.key_length).bytes(key.wrapped).take();
}

}  // namespace

Bytes build_injection_radiotap(std::uint16_t tx_flags, std::optional<int> rate_500kbps) {
  if (rate_500kbps) {  // the TX flags are aligned to two octets
    return ByteWriter()
        .le16(0)
        .le16(12)
        .le32(kPresentRate | kPresentTxFlags)
        .u8(static_cast<std::uint8_t>(*rate_500kbps))
        .zeros(1)
        .le16(tx_flags)
        .take();
  }
  return ByteWriter().le16(0).le16(10).le32(kPresentTxFlags).le16(tx_flags).take();
}

Bytes build_capture_radiotap(std::uint64_t tsft_us, std::uint8_t flags, int channel_mhz,
                             int signal_dbm) {
  return ByteWriter()
      .le16(0)
      .le16(23)
      .le32(kPresentCapture)
      .le64(tsft_us)
      .u8(flags)
      .zeros(1)
      .le16(static_cast<std::uint16_t>(channel_mhz))
      .le16(channel_mhz < 3000 ? kChannel2GhzOfdm : kChannel5GhzOfdm)
      .u8(static_cast<std::uint8_t>(signal_dbm))
      .take();
}

Bytes build_data_header(const DataHeader& header) {
  ByteWriter writer;
  writer.le16(frame_control(header)).le16(header.duration);
  write_addresses(writer, header);
  writer.le16(sequence_control(header.sequence_number, header.fragment_number));
  if (header.to_ds && header.from_ds) {
    writer.address(header.sa);
  }
  if (header.qos_control) {
    writer.le16(*header.qos_control);
    if (header.ht_control) {
      writer.le32(*header.ht_control);
    }
  }
  return writer.take();
}

Bytes build_data_frame(const DataHeader& header, ByteView body) {
  return ByteWriter().bytes(build_data_header(header)).bytes(body).take();
}

Bytes build_llc_snap(std::uint16_t ethertype, ByteView payload) {
  return ByteWriter().be32(0xaaaa0300).be16(0).be16(ethertype).bytes(payload).take();
}

Bytes build_amsdu_subframe(const MacAddress& da, const MacAddress& sa, ByteView msdu, bool last) {
  ByteWriter writer;
  writer.address(da).address(sa).be16(static_cast<std::uint16_t>(msdu.size())).bytes(msdu);
  if (!last) {
    writer.zeros((4 - writer.size() % 4) % 4);
  }
  return writer.take();
}

Result<Bytes> build_ccmp_frame(DataHeader header, ByteView tk, std::uint64_t pn,
                               std::uint8_t key_id, ByteView plaintext_body) {
  const Suite cipher = tk.size() == 32 ? kCipherCcmp256 : kCipherCcmp128;
  return build_protected_frame(cipher, header, tk, pn, key_id, plaintext_body);
}

Result<Bytes> build_protected_frame(Suite cipher, DataHeader header, ByteView tk, std::uint64_t pn,
                                    std::uint8_t key_id, ByteView plaintext_body) {
  header.protected_frame = true;
  const Bytes mac_header = build_data_header(header);
  const auto body = encrypt_mpdu(cipher, tk, mac_header, CipherHeader{pn, key_id}, plaintext_body);
  if (!body) {
    return body.error();
  }
  return ByteWriter().bytes(mac_header).bytes(*body).take();
}

Bytes build_management_frame(std::uint8_t subtype, const MacAddress& ra, const MacAddress& ta,
                             const MacAddress& bssid, std::uint16_t sequence_number,
                             ByteView body) {
  return ByteWriter()
      .le16(frame_control(FrameType::management, subtype))
      .le16(0)
      .address(ra)
      .address(ta)
      .address(bssid)
      .le16(sequence_control(sequence_number, 0))
      .bytes(body)
      .take();
}

Bytes build_ack(const MacAddress& ra) {
  return ByteWriter().le16(frame_control(FrameType::control, kAck)).le16(0).address(ra).take();
}

Bytes build_element(std::uint8_t id, ByteView body) {
  return ByteWriter().u8(id).u8(static_cast<std::uint8_t>(body.size())).bytes(body).take();
}

Bytes build_rsne(const Rsne& rsne) {
  const bool with_group_management = rsne.group_management_cipher.has_value();
  const bool with_pmkids = with_group_management || !rsne.pmkids.empty();
  const bool with_capabilities = with_pmkids || rsne.capabilities.has_value();
  const bool with_akms = with_capabilities || !rsne.akms.empty();
  const bool with_pairwise = with_akms || !rsne.pairwise_ciphers.empty();
  ByteWriter body;
  body.le16(rsne.version);
  if (with_pairwise || rsne.group_cipher) {
    body.be32(rsne.group_cipher.value_or(kCipherCcmp128));
  }
  const auto write_suites = [&body](const std::vector<Suite>& suites) {
    body.le16(static_cast<std::uint16_t>(suites.size()));
    for (const Suite suite : suites) {
      body.be32(suite);
    }
  };
  if (with_pairwise) {
    write_suites(rsne.pairwise_ciphers);
  }
  if (with_akms) {
    write_suites(rsne.akms);
  }
  if (with_capabilities) {
    body.le16(rsne.capabilities.value_or(0));
  }
  if (with_pmkids) {
    body.le16(static_cast<std::uint16_t>(rsne.pmkids.size()));
    for (const Pmkid& pmkid : rsne.pmkids) {
      body.bytes(pmkid);
    }
  }
  if (with_group_management) {
    body.be32(*rsne.group_management_cipher);
  }
  return build_element(kElementRsn, body.take());
}

Bytes build_gtk_kde(const GtkKde& gtk) {
  const unsigned flags = (gtk.key_id & 3U) | (gtk.tx ? 4U : 0U);
  return build_element(kElementVendorSpecific, ByteWriter()
                                                   .be32(kOuiIeee80211 << 8 | kKdeGtk)
                                                   .u8(static_cast<std::uint8_t>(flags))
                                                   .u8(0)
                                                   .bytes(gtk.key)
                                                   .take());
}

Bytes build_igtk_kde(const IgtkKde& igtk) {
  return igtk_kde(kKdeIgtk, igtk);
}
Bytes build_bigtk_kde(const BigtkKde& bigtk) {
  return igtk_kde(kKdeBigtk, bigtk);
}

Bytes build_mde(const Mde& mde) {
  return build_element(kElementMobilityDomain,
                       ByteWriter().le16(mde.mdid).u8(mde.capabilities).take());
}

Bytes build_fte(const Fte& fte) {
  ByteWriter body;
  body.u8(fte.rsnxe_used ? 1 : 0).u8(fte.element_count);
  body.bytes(fte.mic).zeros(fte.mic.empty() ? 16 : 0).bytes(fte.anonce).bytes(fte.snonce);
  if (fte.r1kh_id) {
    body.bytes(build_element(1, ByteWriter().address(*fte.r1kh_id).take()));
  }
  if (fte.gtk) {
    body.bytes(build_element(2, ByteWriter()
                                    .le16(fte.gtk->key_id)
                                    .u8(fte.gtk->key_length)
                                    .le64(fte.gtk->packet_number)
                                    .bytes(fte.gtk->wrapped)
                                    .take()));
  }
  if (!fte.r0kh_id.empty()) {
    body.bytes(build_element(3, fte.r0kh_id));
  }
  if (fte.igtk) {
    body.bytes(build_element(4, igtk_subelement(*fte.igtk)));
  }
  if (fte.oci) {
    const auto& oci = *fte.oci;
    body.bytes(build_element(
        5, ByteWriter().u8(oci.operating_class).u8(oci.primary_channel).u8(oci.segment1).take()));
  }
  if (fte.bigtk) {
    body.bytes(build_element(6, igtk_subelement(*fte.bigtk)));
  }
  return build_element(kElementFastBssTransition, body.take());
}

Bytes build_eapol_key(const EapolKey& key, std::uint8_t eapol_version) {
  const Bytes body = ByteWriter()
                         .u8(key.descriptor_type)
                         .be16(key.key_info)
                         .be16(key.key_length)
                         .be64(key.replay_counter)
                         .bytes(key.nonce)
                         .bytes(key.iv)
                         .bytes(key.rsc)
                         .bytes(key.reserved)
                         .bytes(key.mic)
                         .be16(static_cast<std::uint16_t>(key.key_data.size()))
                         .bytes(key.key_data)
                         .take();
  return ByteWriter()
      .u8(eapol_version)
      .u8(kEapolKey)
      .be16(static_cast<std::uint16_t>(body.size()))
      .bytes(body)
      .take();
}

}  // namespace postassoc
