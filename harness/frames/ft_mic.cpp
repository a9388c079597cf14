#include <openssl/crypto.h>

#include <algorithm>

#include "harness/frames/byte_writer.h"
#include "harness/frames/ft_elements.h"
#include "harness/frames/mac_function.h"
#include "harness/frames/malformed.h"

namespace postassoc {
namespace {

constexpr std::size_t kMicOffset = 4;  // in the FTE as sent: id, length, MIC control
constexpr std::size_t kCountOffset = 3;
constexpr std::size_t kFixedElements = 3;  // RSNE, MDE, FTE

/// The elements under the MIC, found.
struct Protected {
  const Element* rsne = nullptr;
  const Element* mde = nullptr;
  const Element* fte = nullptr;
  const Element* rsnxe = nullptr;
  std::span<const Element> ric;  ///< from the first RIC Data element to the last under the MIC
  std::size_t element_count = 0;
  std::size_t mic_size = 16;

  std::size_t count() const { return kFixedElements + (rsnxe == nullptr ? 0 : 1) + ric.size(); }
};

const Element* find(std::span<const Element> elements, std::uint8_t id) {
  const auto found = std::find_if(elements.begin(), elements.end(),
                                  [id](const Element& element) { return element.id == id; });
  return found == elements.end() ? nullptr : &*found;
}

/// The element count says how many descriptors follow RIC Data.
std::span<const Element> ric_of(std::span<const Element> elements, std::size_t wanted) {
  const auto first = std::find_if(elements.begin(), elements.end(), [](const Element& element) {
    return element.id == kElementRicData;
  });
  const auto at = static_cast<std::size_t>(first - elements.begin());
  return elements.subspan(at, std::min(wanted, elements.size() - at));
}

Result<Protected> find_protected(ByteView kck, std::span<const Element> elements) {
  Protected found;
  found.rsne = find(elements, kElementRsn);
  found.mde = find(elements, kElementMobilityDomain);
  found.fte = find(elements, kElementFastBssTransition);
  found.rsnxe = find(elements, kElementRsnExtension);
  if (found.rsne == nullptr || found.mde == nullptr || found.fte == nullptr) {
    return malformed("FT", "an FT reassociation frame has RSNE, MDE and FTE; one is missing");
  }
  found.mic_size = kck.size() == 24 || kck.size() == 32 ? kck.size() : 16;
  if (const auto fte = parse_fte(found.fte->body, found.mic_size); !fte) {
    return fte.error();
  }
  found.element_count = std::to_integer<std::size_t>(found.fte->raw[kCountOffset]);
  const std::size_t without_ric = found.count();
  if (found.element_count > without_ric) {
    found.ric = ric_of(elements, found.element_count - without_ric);
  }
  return found;
}

Result<Bytes> mac_of(ByteView kck, Suite akm, ByteView data) {
  if (kck.size() == 24) {
    return hmac("SHA384", kck, data);
  }
  if (kck.size() == 32) {
    return hmac("SHA512", kck, data);
  }
  return akm == kAkmFtSaeExtKey ? hmac("SHA256", kck, data) : aes_cmac(kck, data);
}

Result<Bytes> mic_of(ByteView kck, Suite akm, FtMessage message, const MacAddress& spa,
                     const MacAddress& bssid, const Protected& found) {
  const ByteView fte = found.fte->raw;
  ByteWriter data;
  data.address(spa).address(bssid).u8(static_cast<std::uint8_t>(message));
  data.bytes(found.rsne->raw).bytes(found.mde->raw);
  data.bytes(fte.first(kMicOffset)).zeros(found.mic_size);
  data.bytes(fte.subspan(kMicOffset + found.mic_size));
  for (const Element& element : found.ric) {
    data.bytes(element.raw);
  }
  if (found.rsnxe != nullptr) {
    data.bytes(found.rsnxe->raw);
  }
  auto mic = mac_of(kck, akm, data.take());
  if (mic) {
    mic->resize(found.mic_size);
  }
  return mic;
}

}  // namespace

Result<Bytes> compute_ft_mic(ByteView kck, Suite akm, FtMessage message, const MacAddress& spa,
                             const MacAddress& bssid, std::span<const Element> elements) {
  const auto found = find_protected(kck, elements);
  if (!found) {
    return found.error();
  }
  return mic_of(kck, akm, message, spa, bssid, *found);
}

Result<bool> verify_ft_mic(ByteView kck, Suite akm, FtMessage message, const MacAddress& spa,
                           const MacAddress& bssid, std::span<const Element> elements) {
  const auto found = find_protected(kck, elements);
  if (!found) {
    return found.error();
  }
  if (found->element_count != found->count()) {
    return malformed("FT", "the FTE counts " + std::to_string(found->element_count) +
                               " elements under its MIC, " + std::to_string(found->count()) +
                               " are there");
  }
  const auto mic = mic_of(kck, akm, message, spa, bssid, *found);
  if (!mic) {
    return mic.error();
  }
  const ByteView sent = found->fte->raw.subspan(kMicOffset, found->mic_size);
  return CRYPTO_memcmp(mic->data(), sent.data(), mic->size()) == 0;
}

}  // namespace postassoc
