#include "harness/frames/management.h"

#include "harness/frames/byte_reader.h"
#include "harness/frames/malformed.h"

namespace postassoc {
namespace {

Error cut_off(const char* frame, ByteView body) {
  return malformed(frame, "the fixed fields are cut off: the body has " +
                              std::to_string(body.size()) + " octets");
}

}  // namespace

std::optional<std::string> Beacon::ssid() const {
  const Element* element = elements.find(kElementSsid);
  if (element == nullptr) {
    return std::nullopt;
  }
  return std::string(as_text(element->body));
}

Result<AssocRequest> parse_assoc_request(ByteView body, bool reassociation) {
  ByteReader reader(body);
  AssocRequest request;
  request.capabilities = reader.le16();
  request.listen_interval = reader.le16();
  if (reassociation) {
    request.current_ap = MacAddress::from(reader.array<6>());
  }
  if (!reader.ok()) {
    return cut_off("association request", body);
  }
  request.elements = parse_elements(reader.rest());
  return request;
}

Result<AssocResponse> parse_assoc_response(ByteView body) {
  ByteReader reader(body);
  AssocResponse response;
  response.capabilities = reader.le16();
  response.status = reader.le16();
  response.aid = static_cast<std::uint16_t>(reader.le16() & 0x3fffU);
  if (!reader.ok()) {
    return cut_off("association response", body);
  }
  response.elements = parse_elements(reader.rest());
  return response;
}

Result<Authentication> parse_authentication(ByteView body) {
  ByteReader reader(body);
  Authentication authentication;
  authentication.algorithm = reader.le16();
  authentication.sequence = reader.le16();
  authentication.status = reader.le16();
  if (!reader.ok()) {
    return cut_off("authentication", body);
  }
  authentication.rest = reader.rest();
  return authentication;
}

Result<Deauthentication> parse_deauthentication(ByteView body) {
  ByteReader reader(body);
  Deauthentication deauthentication;
  deauthentication.reason = reader.le16();
  if (!reader.ok()) {
    return cut_off("deauthentication", body);
  }
  deauthentication.elements = parse_elements(reader.rest());
  return deauthentication;
}

Result<Disassociation> parse_disassociation(ByteView body) {
  auto parsed = parse_deauthentication(body);
  return parsed ? parsed : cut_off("disassociation", body);
}

Result<Beacon> parse_beacon(ByteView body) {
  ByteReader reader(body);
  Beacon beacon;
  beacon.timestamp = reader.le64();
  beacon.interval_tu = reader.le16();
  beacon.capabilities = reader.le16();
  if (!reader.ok()) {
    return cut_off("beacon", body);
  }
  beacon.elements = parse_elements(reader.rest());
  return beacon;
}

}  // namespace postassoc
