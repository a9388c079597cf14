#include "harness/frames/key_data.h"

#include <algorithm>

#include "harness/frames/byte_reader.h"

namespace postassoc {
namespace {

/// True when `rest` begins with padding: 0xdd with a length of zero, or with nothing after it.
bool at_padding(ByteView rest) {
  return rest[0] == std::byte{kElementVendorSpecific} &&
         (rest.size() == 1 || rest[1] == std::byte{0});
}

void take_item(KeyData& key_data, const Element& element) {
  if (element.id == kElementVendorSpecific && element.body.size() >= 4) {
    ByteReader reader(element.body);
    const std::uint32_t oui = reader.be24();
    if (oui == kOuiIeee80211) {
      const std::uint8_t data_type = reader.u8();
      key_data.kdes.push_back({oui, data_type, reader.rest()});
      return;
    }
  }
  key_data.elements.push_back(element);
}

std::optional<IgtkKde> take_igtk(const Kde* kde) {
  if (kde == nullptr) {
    return std::nullopt;
  }
  ByteReader reader(kde->data);
  IgtkKde igtk;
  igtk.key_id = reader.le16();
  igtk.packet_number = reader.le32();
  igtk.packet_number |= std::uint64_t{reader.le16()} << 32;
  if (!reader.ok()) {
    return std::nullopt;
  }
  igtk.key.assign(reader.rest().begin(), reader.rest().end());
  return igtk;
}

}  // namespace

const Element* KeyData::find_element(std::uint8_t id) const {
  const auto found = std::find_if(elements.begin(), elements.end(),
                                  [id](const Element& element) { return element.id == id; });
  return found == elements.end() ? nullptr : &*found;
}

const Kde* KeyData::find_kde(std::uint8_t data_type) const {
  const auto found = std::find_if(
      kdes.begin(), kdes.end(), [data_type](const Kde& kde) { return kde.data_type == data_type; });
  return found == kdes.end() ? nullptr : &*found;
}

std::optional<GtkKde> KeyData::gtk() const {
  const Kde* kde = find_kde(kKdeGtk);
  if (kde == nullptr || kde->data.size() < 2) {
    return std::nullopt;
  }
  const auto flags = std::to_integer<unsigned>(kde->data[0]);
  const ByteView key = kde->data.subspan(2);
  return GtkKde{static_cast<std::uint8_t>(flags & 3U), (flags & 4U) != 0,
                Bytes(key.begin(), key.end())};
}

std::optional<IgtkKde> KeyData::igtk() const {
  return take_igtk(find_kde(kKdeIgtk));
}
std::optional<BigtkKde> KeyData::bigtk() const {
  return take_igtk(find_kde(kKdeBigtk));
}

std::optional<Pmkid> KeyData::pmkid() const {
  const Kde* kde = find_kde(kKdePmkid);
  if (kde == nullptr || kde->data.size() < sizeof(Pmkid)) {
    return std::nullopt;
  }
  return ByteReader(kde->data).array<16>();
}

std::optional<MacAddress> KeyData::mac_address() const {
  const Kde* kde = find_kde(kKdeMacAddress);
  if (kde == nullptr || kde->data.size() < 6) {
    return std::nullopt;
  }
  return MacAddress::from(kde->data);
}

std::optional<Oci> KeyData::oci() const {
  const Kde* kde = find_kde(kKdeOci);
  return kde == nullptr ? std::nullopt : parse_oci(kde->data);
}

std::optional<Oci> parse_oci(ByteView data) {
  ByteReader reader(data);
  Oci oci;
  oci.operating_class = reader.u8();
  oci.primary_channel = reader.u8();
  oci.segment1 = reader.u8();
  return reader.ok() ? std::optional(oci) : std::nullopt;
}

ByteView KeyData::raw_rsne() const {
  const Element* rsne = find_element(kElementRsn);
  return rsne == nullptr ? ByteView{} : rsne->raw;
}

KeyData parse_key_data(ByteView plaintext) {
  KeyData key_data;
  while (!plaintext.empty()) {
    if (at_padding(plaintext)) {
      key_data.padding = plaintext.size();
      key_data.bad_padding = std::any_of(plaintext.begin() + 1, plaintext.end(),
                                         [](std::byte b) { return b != std::byte{0}; });
      break;
    }
    ByteReader reader(plaintext);
    reader.skip(1);
    reader.skip(reader.u8());
    if (!reader.ok()) {
      key_data.truncated = true;
      break;
    }
    take_item(key_data, parse_elements(plaintext.first(reader.offset())).list.front());
    plaintext = reader.rest();
  }
  return key_data;
}

}  // namespace postassoc
