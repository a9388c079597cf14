#include <fmt/format.h>

#include "harness/air_eapol.h"

namespace postassoc {
namespace {

/// The latest message of that kind (of any kind that asks, for `unknown`) with this counter.
std::optional<std::size_t> find_question(const Association& association, KeyMessage kind,
                                         std::uint64_t replay_counter) {
  for (std::size_t i = association.eapol.size(); i > 0; --i) {
    const AirEapol& earlier = association.eapol[i - 1];
    const bool asks = earlier.message == KeyMessage::m1 || earlier.message == KeyMessage::m3 ||
                      earlier.message == KeyMessage::g1;
    if (asks && earlier.key->replay_counter == replay_counter &&
        (kind == KeyMessage::unknown || earlier.message == kind)) {
      return i - 1;
    }
  }
  return std::nullopt;
}

std::string describe_counter(const Association& association, std::uint64_t replay_counter) {
  const auto match = find_question(association, KeyMessage::unknown, replay_counter);
  if (!match) {
    return fmt::format("replay counter {} is that of no captured M1, M3 or G1", replay_counter);
  }
  const AirEapol& question = association.eapol[*match];
  return fmt::format("replay counter {} is that of the {} in frame {}", replay_counter,
                     to_string(question.message), question.frame);
}

}  // namespace

SessionMessage classify_in_session(const Association& association, Direction direction,
                                   const EapolKey& key) {
  const KeyMessage content = classify(key);
  if (content == KeyMessage::unknown) {
    std::string reason =
        fmt::format("key information 0x{:04x} and key data fit no message", key.key_info);
    if (direction == Direction::from_station) {
      reason += "; " + describe_counter(association, key.replay_counter);
    }
    return {KeyMessage::unknown, std::move(reason), {}};
  }
  const auto question = question_of(content);
  const bool from_station = direction == Direction::from_station;
  if (question.has_value() != from_station) {
    return {KeyMessage::unknown,
            fmt::format("looks like {}, but was sent by the {}", to_string(content),
                        from_station ? "station" : "access point"),
            {}};
  }
  if (!question) {
    return {content, {}, {}};
  }
  const auto answered = find_question(association, *question, key.replay_counter);
  if (!answered) {
    return {KeyMessage::unknown,
            fmt::format("looks like {}, but {}", to_string(content),
                        describe_counter(association, key.replay_counter)),
            {}};
  }
  return {content, {}, answered};
}

}  // namespace postassoc
