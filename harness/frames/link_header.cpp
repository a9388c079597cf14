#include "harness/frames/link_header.h"

#include "harness/frames/byte_reader.h"
#include "harness/frames/link_type.h"
#include "harness/frames/malformed.h"

namespace postassoc {
namespace {

constexpr std::uint16_t kPpiDot11Common = 2;
constexpr std::size_t kPpiSmallest = 8;
constexpr std::size_t kWlanHeaderSmallest = 8;  // message code and length
constexpr std::uint32_t kAvsMagic = 0x80211001;
constexpr std::uint32_t kAvsMagicMask = 0xfffff000;  // the rest is the version

Error does_not_fit(const char* layer, std::size_t length, ByteView captured) {
  return malformed(layer, "the header says " + std::to_string(length) + " octets, " +
                              std::to_string(captured.size()) + " were captured");
}

void take_ppi_common(LinkHeader& header, ByteReader field) {
  field.skip(8);  // TSF
  const std::uint16_t flags = field.le16();
  if (field.ok()) {
    header.has_fcs = (flags & 1U) != 0;
    header.bad_fcs = (flags & 4U) != 0;
  }
}

Result<LinkHeader> parse_ppi(ByteView captured) {
  ByteReader start(captured);
  const std::uint8_t version = start.u8();
  start.skip(1);
  LinkHeader header;
  header.length = start.le16();
  const std::uint32_t link_type = start.le32();
  if (!start.ok() || header.length < kPpiSmallest || header.length > captured.size()) {
    return does_not_fit("PPI", header.length, captured);
  }
  if (version != 0 || link_type != static_cast<std::uint32_t>(kLinkTypeDot11)) {
    return malformed("PPI", "version " + std::to_string(version) + " with link type " +
                                std::to_string(link_type) + ", not 0 with 105");
  }
  ByteReader fields(captured.subspan(kPpiSmallest, header.length - kPpiSmallest));
  while (fields.left() >= 4) {
    const std::uint16_t type = fields.le16();
    const ByteView field = fields.bytes(fields.le16());
    if (!fields.ok()) {
      return malformed("PPI", "a field does not fit into the header");
    }
    if (type == kPpiDot11Common) {
      take_ppi_common(header, ByteReader(field));
    }
  }
  return header;
}

/// Prism's header begins with a message code and its length; AVS's, which captures of that link
/// type hold too, with a magic number and its length, big-endian.
Result<LinkHeader> parse_prism_or_avs(ByteView captured) {
  ByteReader big(captured);
  const bool avs = (big.be32() & kAvsMagicMask) == (kAvsMagic & kAvsMagicMask);
  ByteReader little(captured);
  little.skip(4);
  LinkHeader header;
  header.length = avs ? big.be32() : little.le32();
  if (header.length < kWlanHeaderSmallest || header.length > captured.size()) {
    return does_not_fit(avs ? "AVS" : "Prism", header.length, captured);
  }
  return header;
}

Result<LinkHeader> parse_with_radiotap(ByteView captured) {
  auto radiotap = parse_radiotap(captured);
  if (!radiotap) {
    return radiotap.error();
  }
  LinkHeader header;
  header.length = radiotap->length;
  header.has_fcs = radiotap->has_fcs;
  header.bad_fcs = radiotap->bad_fcs;
  header.data_pad = radiotap->data_pad;
  header.radiotap = *radiotap;
  return header;
}

}  // namespace

Result<LinkHeader> parse_link_header(int link_type, ByteView captured) {
  switch (link_type) {
    case kLinkTypeDot11:
      return LinkHeader{};
    case kLinkTypeRadiotap:
      return parse_with_radiotap(captured);
    case kLinkTypePpi:
      return parse_ppi(captured);
    case kLinkTypePrism:
    case kLinkTypeAvs:
      return parse_prism_or_avs(captured);
    default:
      return malformed("802.11", "link type " + std::to_string(link_type) + " carries no 802.11");
  }
}

const char* link_type_to_string(int link_type) {
  switch (link_type) {
    case kLinkTypeEthernet:
      return "Ethernet";
    case kLinkTypeDot11:
      return "802.11";
    case kLinkTypeCooked:
      return "Linux cooked";
    case kLinkTypePrism:
      return "802.11 with Prism header";
    case kLinkTypeRadiotap:
      return "802.11 with radiotap";
    case kLinkTypeAvs:
      return "802.11 with AVS header";
    case kLinkTypePpi:
      return "PPI";
    case kLinkTypeCooked2:
      return "Linux cooked v2";
    default:
      return "a link type not read here";
  }
}

}  // namespace postassoc
