#include "harness/air_pair.h"

#include "harness/air_tags.h"
#include "harness/frames/management.h"
#include "harness/frames/rsn.h"

namespace postassoc {
namespace {

/// An ACK follows after a SIFS; a simulated medium in user space may take longer.
constexpr std::chrono::microseconds kAckWithin{1000};
constexpr std::uint8_t kElementMme = 76;  ///< Management MIC element

std::size_t index_of(Direction direction) {
  return static_cast<std::size_t>(direction);
}

bool mfp_capable(ByteView rsne) {
  if (rsne.size() < 2) {
    return false;
  }
  const auto parsed = parse_rsne(rsne.subspan(2));
  return parsed && parsed->mfp_capable();
}

Bytes copy(ByteView bytes) {
  return Bytes(bytes.begin(), bytes.end());
}

}  // namespace

AirPair::AirPair(const AirQuestion& question, Air& air)
    : question_(question), air_(air), meter_(air.quality) {}

void AirPair::see(std::uint64_t number, Timestamp time, const Dot11& dot11) {
  if (dot11.is_ack()) {
    acknowledge(time, dot11.ra);
    return;
  }
  if (dot11.is_control() || !dot11.ta) {
    return;
  }
  const bool from_access_point = *dot11.ta == question_.bssids.front();
  if (!from_access_point && *dot11.ta != question_.station) {
    return;
  }
  const bool of_pair = from_access_point ? dot11.ra == question_.station || dot11.ra.is_group()
                                         : dot11.ra == question_.bssids.front();
  const Frame frame{number, time,
                    from_access_point ? Direction::from_access_point : Direction::from_station,
                    of_pair, dot11};
  awaiting_ack_[index_of(frame.direction)].reset();
  if (dot11.is_management() && of_pair) {
    management(frame);
  } else if (dot11.is_data() && !dot11.is_null_data()) {
    data(frame);
  }
}

void AirPair::management(const Frame& frame) {
  if (frame.dot11.is_beacon()) {
    beacon(frame);
  } else if (frame.dot11.is_assoc_request()) {
    assoc_request(frame);
  } else if (frame.dot11.is_assoc_response()) {
    assoc_response(frame);
  } else if (frame.dot11.is_deauthentication() || frame.dot11.is_disassociation()) {
    end(frame);
  }
}

void AirPair::beacon(const Frame& frame) {
  const auto beacon = parse_beacon(frame.dot11.body);
  if (!beacon || frame.direction != Direction::from_access_point) {
    return;
  }
  meter_.beacon(frame.time, beacon->interval_tu);
  const Element* rsne = beacon->elements.find(kElementRsn);
  if (rsne && air_.beacon_rsne.empty()) {
    air_.beacon_rsne = copy(rsne->raw);
  }
}

void AirPair::assoc_request(const Frame& frame) {
  const bool again = frame.dot11.retry && request_sequence_ == frame.dot11.sequence_number;
  const auto request = parse_assoc_request(frame.dot11.body, frame.dot11.is_reassoc_request());
  if (frame.direction != Direction::from_station || again || !request) {
    return;
  }
  begin(frame);
  request_sequence_ = frame.dot11.sequence_number;
  Association& association = air_.associations.back();
  association.request_frame = frame.number;
  association.request_time = frame.time;
  if (const Element* rsne = request->elements.find(kElementRsn)) {
    association.rsne = copy(rsne->raw);
  }
}

void AirPair::assoc_response(const Frame& frame) {
  const auto response = parse_assoc_response(frame.dot11.body);
  if (frame.direction != Direction::from_access_point || !response || frame.dot11.ra.is_group()) {
    return;
  }
  const bool answered = !air_.associations.empty() && (air_.associations.back().response_frame ||
                                                       air_.associations.back().end_frame);
  if (answered && frame.dot11.retry) {
    return;
  }
  if (answered || air_.associations.empty()) {
    begin(frame);
  }
  Association& association = air_.associations.back();
  association.response_frame = frame.number;
  association.response_time = frame.time;
  association.status = response->status;
}

void AirPair::begin(const Frame& frame) {
  if (!air_.associations.empty() && !air_.associations.back().end_frame) {
    Association& previous = air_.associations.back();
    previous.end_frame = frame.number;
    previous.end_time = frame.time;
    previous.ended_by = frame.direction;
  }
  Association& association = air_.associations.emplace_back();
  association.bssid = question_.bssids.front();
  association.station = question_.station;
  session_.emplace(
      question_.secrets.pmks.empty() ? std::nullopt : std::optional(question_.secrets.pmks.front()),
      air_.beacon_rsne);
  last_eapol_ = {};
  awaiting_ack_ = {};
  request_sequence_.reset();
  meter_.restart_sequences();
}

void AirPair::end(const Frame& frame) {
  if (air_.associations.empty() || air_.associations.back().end_frame) {
    return;
  }
  std::optional<Bytes> plaintext;
  if (is_forged_end(frame, plaintext)) {
    return;
  }
  Association& association = air_.associations.back();
  association.end_frame = frame.number;
  association.end_time = frame.time;
  association.ended_by = frame.direction;
  if (frame.dot11.protected_frame && !plaintext) {
    return;
  }
  const auto body = parse_deauthentication(plaintext ? ByteView(*plaintext) : frame.dot11.body);
  if (body) {
    association.end_reason = body->reason;
  }
}

/// See the class comment. A protected one is decrypted on the way where its key is known.
bool AirPair::is_forged_end(const Frame& frame, std::optional<Bytes>& plaintext) const {
  const Association& association = air_.associations.back();
  if (frame.dot11.protected_frame) {
    if (session_->keys().ptks().empty()) {
      return false;
    }
    auto decrypted = session_->keys().decrypt(frame.dot11, 0);
    if (decrypted) {
      plaintext = std::move(decrypted->plaintext);
    }
    return !plaintext;
  }
  const bool mfp =
      mfp_capable(association.rsne) && (air_.beacon_rsne.empty() || mfp_capable(air_.beacon_rsne));
  const bool keys_in_use =
      !association.handshakes.empty() && association.handshakes.front().complete();
  if (!mfp || !keys_in_use) {
    return false;
  }
  const auto body = parse_deauthentication(frame.dot11.body);
  return !(frame.dot11.ra.is_group() && body && body->elements.find(kElementMme) != nullptr);
}

Association* AirPair::association_of(const Frame& frame) {
  if (!frame.of_pair || air_.associations.empty()) {
    return nullptr;
  }
  Association& last = air_.associations.back();
  return frame.dot11.ra.is_group() && last.end_frame ? nullptr : &last;
}

void AirPair::tag(const Frame& frame, ByteView body) {
  for (std::string& found : find_tags(body, question_.tag_nonce)) {
    air_.tagged.push_back({frame.number, frame.time, std::move(found), frame.dot11.protected_frame,
                           false, frame.direction == Direction::from_access_point,
                           frame.dot11.retry});
  }
}

void AirPair::acknowledge(Timestamp time, const MacAddress& transmitter) {
  if (transmitter != question_.bssids.front() && transmitter != question_.station) {
    return;
  }
  const auto direction = transmitter == question_.bssids.front() ? Direction::from_access_point
                                                                 : Direction::from_station;
  auto& awaiting = awaiting_ack_[index_of(direction)];
  if (awaiting && time - awaiting->time <= kAckWithin) {
    for (std::size_t i = awaiting->tagged_begin; i < awaiting->tagged_end; ++i) {
      air_.tagged[i].acknowledged = true;
    }
    for (std::size_t i = awaiting->plain_begin; i < awaiting->plain_end; ++i) {
      air_.associations.back().plain_data[i].acknowledged = true;
    }
    if (awaiting->eapol) {
      air_.associations.back().eapol[*awaiting->eapol].acknowledged = true;
    }
  }
  awaiting.reset();
}

}  // namespace postassoc
