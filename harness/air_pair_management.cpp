#include <algorithm>

#include "harness/air_pair.h"
#include "harness/air_suites.h"
#include "harness/frames/bip.h"
#include "harness/frames/cipher_header.h"
#include "harness/frames/management.h"

namespace postassoc {
namespace {

constexpr std::size_t kMostManagement = 256;
constexpr std::size_t kMostEarlier = 16;

Bytes raw_of(const Elements& elements, std::uint8_t id) {
  const Element* element = elements.find(id);
  return element != nullptr ? Bytes(element->raw.begin(), element->raw.end()) : Bytes();
}

/// What the plaintext body of each kind says.
void read_body(AirManagement& seen, ByteView body) {
  if (seen.subtype == kDeauthentication || seen.subtype == kDisassociation) {
    if (const auto parsed = parse_deauthentication(body)) {
      seen.reason = parsed->reason;
    }
  } else if (seen.subtype == kAuthentication) {
    if (const auto parsed = parse_authentication(body)) {
      seen.authentication_algorithm = parsed->algorithm;
      seen.authentication_transaction = parsed->sequence;
      seen.status = parsed->status;
    }
  } else if (seen.subtype == kAssocResponse || seen.subtype == kReassocResponse) {
    if (const auto parsed = parse_assoc_response(body)) {
      seen.status = parsed->status;
    }
  } else if ((seen.subtype == kAction || seen.subtype == kActionNoAck) && body.size() >= 2) {
    seen.category = std::to_integer<std::uint8_t>(body[0]);
    seen.action = std::to_integer<std::uint8_t>(body[1]);
  }
}

AirManagement header_of(std::uint64_t number, Timestamp time, const Dot11& dot11,
                        Direction direction) {
  AirManagement seen;
  seen.frame = number;
  seen.time = time;
  seen.direction = direction;
  seen.subtype = dot11.subtype;
  seen.group = dot11.ra.is_group();
  seen.protected_frame = dot11.protected_frame;
  seen.retry = dot11.retry;
  return seen;
}

}  // namespace

std::optional<AirManagement> AirPair::authentication_of(std::uint64_t number, Timestamp time,
                                                        const Dot11& dot11, Direction direction) {
  if (!dot11.is_authentication()) {
    return std::nullopt;
  }
  AirManagement seen = header_of(number, time, dot11, direction);
  if (!dot11.protected_frame) {
    read_body(seen, dot11.body);
  }
  return seen;
}

void AirPair::take_earlier(AirManagement frame) {
  if (earlier_.size() >= kMostEarlier) {
    earlier_.erase(earlier_.begin());
    ++air_.quality.old_authentication_not_kept;
  }
  earlier_.push_back(std::move(frame));
}

void AirPair::management(const Frame& frame) {
  const Dot11& dot11 = frame.dot11;
  if (dot11.is_beacon() || dot11.is_probe_request() || dot11.is_probe_response()) {
    return;
  }
  streams_.disturb();
  if (dot11.is_authentication()) {
    take_earlier(*authentication_of(frame.number, frame.time, dot11, frame.direction));
    await_ack(frame).earlier = earlier_.size() - 1;
    return;
  }
  if (dot11.is_assoc_request()) {
    assoc_request(frame);
  } else if (dot11.is_assoc_response()) {
    assoc_response(frame);
  }
  AirManagement seen = management_of(frame);
  if (dot11.is_deauthentication() || dot11.is_disassociation()) {
    end(frame, seen);
  }
  Association* association = association_of(frame);
  const bool of_ended = association == nullptr && current() != nullptr && seen.group &&
                        current()->end_frame == frame.number;
  if (association == nullptr && !of_ended) {
    return;
  }
  const std::size_t kept = current()->management.size();
  keep_management(std::move(seen));
  if (!dot11.ra.is_group() && current()->management.size() > kept) {
    await_ack(frame).management = kept;
  }
}

void AirPair::keep_management(AirManagement seen) {
  if (current()->management.size() >= kMostManagement) {
    ++air_.quality.management_not_kept;
    return;
  }
  footprint_ += sizeof(AirManagement);
  current()->management.push_back(std::move(seen));
}

/// With what its protection proves; a protected one is decrypted on the way where its key is known.
AirManagement AirPair::management_of(const Frame& frame) {
  const Dot11& dot11 = frame.dot11;
  AirManagement seen = header_of(frame.number, frame.time, dot11, frame.direction);
  const AirKeys* keys = session_ ? &session_->keys() : nullptr;
  if (dot11.protected_frame && !seen.group) {
    const auto header = parse_cipher_header(kCipherCcmp128, dot11.body);
    if (keys != nullptr && !keys->ptks().empty()) {
      seen.authentic =
          keys->decrypt(dot11, header ? header->key_id : 0, settings_->plaintext).has_value();
      if (*seen.authentic) {
        read_body(seen, settings_->plaintext);
      }
    }
    return seen;
  }
  if (const auto mme = seen.group ? parse_mme(dot11.body) : std::nullopt) {
    seen.ipn = mme->ipn;
    seen.bip_key_id = mme->key_id;
    if (keys != nullptr) {
      seen.authentic = keys->verify_group_management(dot11, mme->key_id);
    }
  }
  if (!dot11.protected_frame) {
    read_body(seen, dot11.body);
  }
  return seen;
}

void AirPair::assoc_request(const Frame& frame) {
  const bool again = frame.dot11.retry && request_sequence_ == frame.dot11.sequence_number;
  const auto request = parse_assoc_request(frame.dot11.body, frame.dot11.is_reassoc_request());
  if (frame.direction != Direction::from_station || again || !request) {
    return;
  }
  begin(frame);
  request_sequence_ = frame.dot11.sequence_number;
  Association& association = *current();
  association.request_frame = frame.number;
  association.request_time = frame.time;
  association.reassociation = frame.dot11.is_reassoc_request();
  association.previous_bssid = request->current_ap;
  association.rsne = raw_of(request->elements, kElementRsn);
  association.rsnxe = raw_of(request->elements, kElementRsnExtension);
  const Element* ssid = request->elements.find(kElementSsid);
  if (association.ssid.empty() && ssid != nullptr) {
    association.ssid = as_text(ssid->body);
  }
  association.suites = association.rsne.empty() ? std::nullopt : select_suites(association, {});
  session_->take_request(association, request->elements);
}

void AirPair::assoc_response(const Frame& frame) {
  const auto response = parse_assoc_response(frame.dot11.body);
  if (frame.direction != Direction::from_access_point || !response || frame.dot11.ra.is_group()) {
    return;
  }
  const bool answered = current() != nullptr && (current()->response_frame || current()->end_frame);
  if (answered && frame.dot11.retry) {
    return;
  }
  if (answered || current() == nullptr) {
    begin(frame);
  }
  Association& association = *current();
  association.response_frame = frame.number;
  association.response_time = frame.time;
  association.status = response->status;
  session_->take_response(association, response->elements);
}

void AirPair::end(const Frame& frame, const AirManagement& seen) {
  if (current() == nullptr || current()->end_frame || is_forged_end(frame, seen)) {
    return;
  }
  Association& association = *current();
  association.end_frame = frame.number;
  association.end_time = frame.time;
  association.ended_by = frame.direction;
  association.end_reason = seen.reason;
  beacons_at_end_ = BeaconMark{bss_->beacons, bss_->last_beacon};
}

/// See the class comment.
bool AirPair::is_forged_end(const Frame& frame, const AirManagement& seen) const {
  const Association& association = *current();
  if (frame.dot11.protected_frame) {
    return seen.authentic == false;
  }
  const bool mfp = association.suites && association.suites->mfp;
  const bool keys_in_use =
      association.fast_transition ||
      (!association.handshakes.empty() && association.handshakes.front().complete());
  if (!mfp || !keys_in_use) {
    return false;
  }
  const bool protected_group = seen.group && seen.ipn && seen.authentic != false;
  return !protected_group;
}

}  // namespace postassoc
