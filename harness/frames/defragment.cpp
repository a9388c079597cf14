#include "harness/frames/defragment.h"

#include <algorithm>

namespace postassoc {

std::optional<Bytes> Defragmenter::add(const Dot11& frame, ByteView plaintext) {
  const MacAddress ta = frame.ta.value_or(MacAddress{});
  const std::uint8_t tid = frame.qos_control ? frame.qos_control->tid() : std::uint8_t{0};
  const auto part = std::find_if(parts_.begin(), parts_.end(), [&](const Part& p) {
    return p.sequence_number == frame.sequence_number && p.tid == tid && p.ta == ta &&
           p.ra == frame.ra;
  });
  const std::uint8_t number = frame.fragment_number;
  if (part != parts_.end() && frame.retry && number == part->last_fragment) {
    return std::nullopt;
  }
  if (number == 0) {
    if (part != parts_.end()) {  // the sequence number came round: the earlier MSDU never ended
      parts_.erase(part);
      ++lost_;
    }
    Bytes body(plaintext.begin(), plaintext.end());
    if (!frame.more_fragments) {
      return body;
    }
    parts_.push_back({frame.ra, ta, frame.sequence_number, tid, 0, std::move(body)});
    if (parts_.size() > most_unfinished_) {
      parts_.pop_front();
      ++lost_;
    }
    return std::nullopt;
  }
  if (part == parts_.end()) {
    // Counted once, with its last fragment; a repeated one is of an MSDU that was whole before.
    lost_ += frame.more_fragments || frame.retry ? 0 : 1;
    return std::nullopt;
  }
  if (number != part->last_fragment + 1) {
    parts_.erase(part);
    lost_ += frame.more_fragments ? 0 : 1;
    return std::nullopt;
  }
  part->body.insert(part->body.end(), plaintext.begin(), plaintext.end());
  part->last_fragment = number;
  if (frame.more_fragments) {
    return std::nullopt;
  }
  Bytes body = std::move(part->body);
  parts_.erase(part);
  return body;
}

Dot11 as_whole(const Dot11& fragment) {
  Dot11 whole = fragment;
  whole.fragment_number = 0;
  whole.more_fragments = false;
  return whole;
}

}  // namespace postassoc
