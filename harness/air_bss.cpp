#include "harness/air_bss.h"

#include <algorithm>

#include "harness/frames/ft_elements.h"

namespace postassoc {
namespace {

void take_element(Bytes& into, const Elements& elements, std::uint8_t id) {
  const Element* element = elements.find(id);
  const ByteView raw = element != nullptr ? element->raw : ByteView();
  if (!std::equal(into.begin(), into.end(), raw.begin(), raw.end())) {
    into.assign(raw.begin(), raw.end());
  }
}

bool is_hidden(std::string_view ssid) {
  return std::all_of(ssid.begin(), ssid.end(), [](char c) { return c == '\0'; });
}

}  // namespace

void AirBss::take(const Beacon& heard, bool is_beacon, Timestamp time) {
  if (is_beacon) {
    ++beacons;
    interval_tu = heard.interval_tu;
    first_beacon = first_beacon.value_or(time);
    last_beacon = time;
  }
  if (heard.elements.truncated) {
    return;
  }
  if (const auto name = heard.ssid(); name && !is_hidden(*name)) {
    ssid = *name;
  }
  take_element(rsne, heard.elements, kElementRsn);
  take_element(rsnxe, heard.elements, kElementRsnExtension);
  if (const Element* element = heard.elements.find(kElementMobilityDomain)) {
    if (const auto mde = parse_mde(element->body)) {
      mdid = mde->mdid;
    }
  }
}

}  // namespace postassoc
