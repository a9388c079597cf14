#include "harness/run/medium_engine.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/json_reader.h"
#include "harness/medium_words.h"
#include "harness/run/medium_corrupt.h"
#include "harness/scenario.h"

namespace postassoc {
namespace {

using medium::FrameWord;
using nlohmann::json;

constexpr std::size_t kMostHeld = 256;
constexpr std::size_t kMostRulesOfAGeneration = 64;

template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <class... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

std::vector<int> all_of(const std::vector<MediumReceiver>& receivers) {
  std::vector<int> radios;
  for (const MediumReceiver& receiver : receivers) {
    radios.push_back(receiver.radio);
  }
  return radios;
}

bool fits(const medium::Match& match, const MediumSight& sight) {
  return medium::fits(match.frame, sight.frame) && (!match.from || *match.from == sight.from);
}

}  // namespace

struct MediumEngine::Frame {
  const MediumTransmission& sent;
  const Dot11& dot11;
  MediumSight sight;

  json told(const std::string& pointer, std::string_view action, int occurrence) const {
    json detail = {{"pointer", pointer},
                   {"action", action},
                   {"frame", medium::to_string(sight.frame)},
                   {"occurrence", occurrence},
                   {"from", medium::to_string(sight.from)},
                   {"receiver", to_string(dot11.ra)},
                   {"sequence", dot11.sequence_number},
                   {"length", sent.frame.size()},
                   {"protected", dot11.protected_frame}};
    if (dot11.ta) {
      detail["transmitter"] = to_string(*dot11.ta);
    }
    return detail;
  }
  MediumDelivery delivery(Timestamp at) const {
    return {at, Bytes(sent.frame.begin(), sent.frame.end()), sent.frequency_mhz,
            all_of(sent.receivers), nullptr};
  }
};

MediumEngine::MediumEngine(MediumSpec spec, std::vector<Bytes> pmks)
    : spec_(std::move(spec)),
      view_(std::move(pmks)),
      chance_(spec_.seed),
      rules_(spec_.rules.size()),
      losses_(spec_.losses.size()) {}

MediumDecision MediumEngine::transmit(const MediumTransmission& sent) {
  MediumDecision decision;
  decision.acknowledged = sent.addressee_there;
  const auto dot11 = parse_dot11(sent.frame);
  if (!dot11) {
    decision.deliveries.push_back({sent.time, Bytes(sent.frame.begin(), sent.frame.end()),
                                   sent.frequency_mhz, all_of(sent.receivers), nullptr});
    return decision;
  }
  const Frame frame{
      sent, *dot11,
      sent.sight ? *sent.sight : view_.see(sent.time, *dot11, sent.frame, sent.own_address)};
  std::vector<Held> swapped;
  for (auto held = held_.begin(); held != held_.end();) {
    const bool now = held->reordered && fits(spec_.rules[held->rule].match, frame.sight);
    if (now) {
      swapped.push_back(std::move(*held));
    }
    held = now ? held_.erase(held) : held + 1;
  }
  bool decided = false;
  for (std::size_t i = 0; i < spec_.rules.size(); ++i) {
    const bool acting = acts(spec_.rules[i].match, rules_[i],
                             generation_ * kMostRulesOfAGeneration + i, frame, decided);
    decided = decided || (acting && apply(i, frame, decision));
  }
  if (!decided) {
    decision.deliveries.push_back(frame.delivery(sent.time));
  }
  lose(frame, decision);
  for (Held& held : swapped) {
    decision.deliveries.push_back(release(std::move(held), sent.time, "reorder"));
  }
  return decision;
}

/// Counts, and throws the rule's dice. `decided`: by a rule before it, so that it has no say.
bool MediumEngine::acts(const medium::Match& match, Counted& counted, std::size_t place,
                        const Frame& frame, bool decided) {
  if (!fits(match, frame.sight)) {
    return false;
  }
  ++counted.fitted;
  if (counted.fitted < match.first || counted.fitted > match.last) {
    return false;
  }
  counted.acted += decided ? 0 : 1;
  return !match.probability ||
         chance_.happens(*match.probability, place, frame.dot11.ta.value_or(MacAddress{}),
                         frame.dot11.ra, frame.sight.frame);
}

/// Does what the rule says; false when the frame has not what it asks for.
bool MediumEngine::apply(std::size_t index, const Frame& frame, MediumDecision& decision) {
  const medium::Rule& rule = spec_.rules[index];
  json told = frame.told(rule.pointer, medium::word_of(rule.action), rules_[index].fitted);
  MediumDelivery delivery = frame.delivery(frame.sent.time);
  const auto held_back = [&](std::optional<AwaitedEvent> until, bool reordered) {
    delivery.detail = told;
    hold({index, until, reordered, frame.sent.time, std::move(delivery)}, decision);
  };
  const auto later = [&](std::chrono::nanoseconds by) {
    MediumDelivery copy = delivery;
    copy.at += by;
    copy.detail = told;
    copy.detail["after_ns"] = by.count();
    decision.deliveries.push_back(std::move(copy));
  };
  const bool done =
      std::visit(Overloaded{[&](const medium::Drop& drop) {
                              decision.acknowledged = decision.acknowledged && drop.acknowledged;
                              return true;
                            },
                            [&](const medium::Delay& delay) {
                              told["delay_ns"] = std::chrono::nanoseconds(delay.time).count();
                              later(delay.time);
                              return true;
                            },
                            [&](const medium::Duplicate& duplicate) {
                              told["copies"] = duplicate.copies;
                              told["after_ns"] = std::chrono::nanoseconds(duplicate.after).count();
                              decision.deliveries.push_back(delivery);
                              for (int i = 1; i <= duplicate.copies; ++i) {
                                later(duplicate.after * i);
                              }
                              return true;
                            },
                            [&](const medium::Reorder&) {
                              held_back(std::nullopt, true);
                              return true;
                            },
                            [&](const medium::Corrupt& how) {
                              if (!corrupt(how, frame, told, delivery.frame)) {
                                return false;
                              }
                              decision.deliveries.push_back(std::move(delivery));
                              return true;
                            },
                            [&](const medium::Hold& how) {
                              told["until"] = how.until ? to_string(*how.until)
                                                        : medium_words::kUntilMediumStep;
                              held_back(how.until, false);
                              return true;
                            }},
                 rule.action);
  if (!done) {
    --rules_[index].acted;
    return false;
  }
  told["acknowledged"] = decision.acknowledged;
  decision.actions.push_back(std::move(told));
  return true;
}

bool MediumEngine::corrupt(const medium::Corrupt& how, const Frame& frame, json& told,
                           Bytes& bytes) {
  const auto bit = corrupt_frame(how, frame.sight, bytes);
  if (!bit) {
    return false;
  }
  told["octet"] = bit->octet;
  told["bit"] = bit->bit;
  if (how.field) {
    told["field"] = word_for<medium::KeyField>(medium_words::kField, *how.field);
  }
  return true;
}

/// Room for so many only: past it a frame goes out at once.
void MediumEngine::hold(Held held, MediumDecision& decision) {
  if (held_.size() < kMostHeld) {
    held_.push_back(std::move(held));
  } else {
    decision.deliveries.push_back(std::move(held.delivery));
  }
}

/// Whether the loss takes the frame from the one who would receive it.
bool MediumEngine::is_lost(std::size_t index, const Frame& frame, const MacAddress& to) {
  const medium::Loss& loss = spec_.losses[index];
  const MacAddress from = frame.dot11.ta.value_or(MacAddress{});
  const std::size_t place = SIZE_MAX - index;
  const double chance = loss.match.probability.value_or(0);
  return loss.burst ? chance_.burst_loses(*loss.burst, chance, place, from, to)
                    : chance_.happens(chance, place, from, to, frame.sight.frame);
}

/// A unicast frame is lost to all when it is to its addressee; a group frame to each by itself.
void MediumEngine::lose(const Frame& frame, MediumDecision& decision) {
  for (std::size_t i = 0; i < spec_.losses.size(); ++i) {
    const medium::Match& match = spec_.losses[i].match;
    if (decision.deliveries.empty() || !fits(match, frame.sight) ||
        ++losses_[i].fitted < match.first || losses_[i].fitted > match.last) {
      continue;
    }
    ++losses_[i].acted;
    json told = frame.told(spec_.losses[i].pointer, "drop", losses_[i].fitted);
    if (!frame.dot11.ra.is_group()) {
      if (is_lost(i, frame, frame.dot11.ra)) {
        decision.deliveries.clear();
        decision.acknowledged = false;
        told["acknowledged"] = false;
        decision.actions.push_back(std::move(told));
      }
      continue;
    }
    json lost_by = json::array();
    for (const MediumReceiver& receiver : frame.sent.receivers) {
      if (is_lost(i, frame, receiver.address)) {
        lost_by.push_back(to_string(receiver.address));
        for (MediumDelivery& delivery : decision.deliveries) {
          std::erase(delivery.radios, receiver.radio);
        }
      }
    }
    if (!lost_by.empty()) {
      told["lost_by"] = std::move(lost_by);
      decision.actions.push_back(std::move(told));
    }
  }
}

MediumDelivery MediumEngine::release(Held held, Timestamp now, std::string_view why) const {
  held.delivery.at = now;
  held.delivery.detail["after_ns"] = (now - held.since).count();
  held.delivery.detail["why"] = why;
  return std::move(held.delivery);
}

std::vector<MediumDelivery> MediumEngine::notice(const Event& event) {
  std::vector<MediumDelivery> released;
  for (auto held = held_.begin(); held != held_.end();) {
    const bool now = held->until && matches(*held->until, event);
    if (now) {
      const std::string_view why = to_string(*held->until);
      released.push_back(release(std::move(*held), std::max(event.time, held->since), why));
    }
    held = now ? held_.erase(held) : held + 1;
  }
  return released;
}

std::vector<MediumDelivery> MediumEngine::replace(std::vector<medium::Rule> rules, Timestamp now) {
  std::vector<MediumDelivery> released;
  for (Held& held : held_) {
    released.push_back(release(std::move(held), now, medium_words::kUntilMediumStep));
  }
  held_.clear();
  spec_.rules = std::move(rules);
  rules_.assign(spec_.rules.size(), {});
  ++generation_;
  return released;
}

std::vector<std::pair<std::string, std::string>> MediumEngine::unmatched() const {
  std::vector<std::pair<std::string, std::string>> never;
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    if (rules_[i].acted == 0) {
      never.emplace_back(spec_.rules[i].pointer,
                         fmt::format("the rule at {} ({}) never matched{}", spec_.rules[i].pointer,
                                     medium::describe(spec_.rules[i]),
                                     rules_[i].fitted == 0 ? ""
                                                           : fmt::format(": {} of its frames came",
                                                                         rules_[i].fitted)));
    }
  }
  for (std::size_t i = 0; i < losses_.size(); ++i) {
    if (losses_[i].acted == 0) {
      never.emplace_back(spec_.losses[i].pointer,
                         fmt::format("the loss at {} met no frame", spec_.losses[i].pointer));
    }
  }
  return never;
}

}  // namespace postassoc
