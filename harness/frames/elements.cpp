#include "harness/frames/elements.h"

#include <algorithm>

#include "harness/frames/byte_reader.h"

namespace postassoc {

const Element* Elements::find(std::uint8_t id) const {
  const auto found = std::find_if(list.begin(), list.end(),
                                  [id](const Element& element) { return element.id == id; });
  return found == list.end() ? nullptr : &*found;
}

const Element* Elements::find_ext(std::uint8_t ext_id) const {
  const auto found = std::find_if(list.begin(), list.end(), [ext_id](const Element& element) {
    return element.ext_id == ext_id;
  });
  return found == list.end() ? nullptr : &*found;
}

Elements parse_elements(ByteView bytes) {
  Elements elements;
  ByteReader reader(bytes);
  while (reader.left() > 0) {
    const std::size_t start = reader.offset();
    Element element;
    element.id = reader.u8();
    element.body = reader.bytes(reader.u8());
    if (!reader.ok()) {
      elements.truncated = true;
      break;
    }
    element.raw = bytes.subspan(start, reader.offset() - start);
    if (element.id == kElementExtension && !element.body.empty()) {
      element.ext_id = std::to_integer<std::uint8_t>(element.body[0]);
      element.body = element.body.subspan(1);
    }
    elements.list.push_back(element);
  }
  return elements;
}

}  // namespace postassoc
