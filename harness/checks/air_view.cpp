#include "harness/checks/air_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "harness/air_tags.h"
#include "harness/checks/kernel_events.h"
#include "harness/checks/provocations.h"

namespace postassoc::checks {
namespace {

constexpr std::chrono::nanoseconds kInjectionWindow = std::chrono::milliseconds(50);

bool same_counter(const AirEapol& a, const AirEapol& b) {
  return a.key && b.key && a.key->replay_counter == b.key->replay_counter;
}

/// Under the access point's own key.
bool is_under_key(const Event& injected) {
  const std::string form = text(injected, "form");
  return form == "protected" || form == "fragments_protected" || form == "amsdu_protected";
}

/// The first EAPOL frame in the access point's name within the time of an injection, protected or
/// not as that was, that isn't taken yet.
const AirEapol* find_injected(const Evidence& evidence, const Event& injected,
                              const std::set<std::uint64_t>& taken) {
  const Timestamp sent = injected.time;
  const bool under_key = is_under_key(injected);
  const Timestamp from =
      sent - std::min(evidence.clock_uncertainty() + kAirStampUncertainty, kInjectionWindow);
  for (const Association& association : evidence.air.associations) {
    for (const AirEapol& frame : association.eapol) {
      if (frame.direction == Direction::from_access_point && frame.protected_frame == under_key &&
          frame.time >= from && frame.time <= sent + kInjectionWindow &&
          !taken.contains(frame.frame)) {
        return &frame;
      }
    }
  }
  return nullptr;
}

}  // namespace

const AirEapol* HandshakeView::answered_by(const AirEapol& answer) const {
  const AirEapol* found = nullptr;
  for (const auto* asked : {&m1, &m3}) {
    for (const AirEapol* frame : *asked) {
      if (frame->frame < answer.frame && same_counter(*frame, answer)) {
        found = frame;
      }
    }
  }
  return found;
}

/// By the tag in them, where they have one; else by their time.
void AirView::find_injections() {
  const Evidence& evidence = *evidence_;
  std::unordered_map<std::string, std::vector<const AirEapol*>> tagged;
  for (const Association& association : evidence.air.associations) {
    for (const AirEapol& frame : association.eapol) {
      for (std::string& tag : find_tags(frame.eapol.raw, evidence.plan.tag_nonce)) {
        tagged[std::move(tag)].push_back(&frame);
      }
    }
  }
  for (const Event* event : evidence.timeline.all(named(Witness::harness, "injected"))) {
    if (text(*event, "frame") != "eapol" || is_under_wrong_key(injected_by(*event))) {
      continue;
    }
    if (const auto found = tagged.find(text(*event, "tag")); found != tagged.end()) {
      copies_.emplace(event, found->second.front());
      for (const AirEapol* frame : found->second) {
        injected_.insert(frame->frame);
      }
    } else if (const AirEapol* frame = find_injected(evidence, *event, injected_)) {
      injected_.insert(frame->frame);
      copies_.emplace(event, frame);
    }
  }
}

AirView::AirView(const Evidence& evidence) : evidence_(&evidence) {
  find_injections();
  for (const Association& association : evidence.air.associations) {
    for (std::size_t i = 0; i < association.handshakes.size(); ++i) {
      const auto& handshake = association.handshakes[i];
      HandshakeView view{&association,
                         i,
                         handshake.rekey,
                         pick(association, handshake.m1),
                         pick(association, handshake.m2),
                         pick(association, handshake.m3),
                         pick(association, handshake.m4)};
      if (!handshake.m1.empty() && view.m1.empty()) {
        continue;
      }
      handshakes_.push_back(std::move(view));
    }
  }
}

std::vector<const AirEapol*> AirView::pick(const Association& association,
                                           const std::vector<std::size_t>& indices) const {
  std::vector<const AirEapol*> picked;
  for (const std::size_t index : indices) {
    if (index < association.eapol.size() && !injected(association.eapol[index])) {
      picked.push_back(&association.eapol[index]);
    }
  }
  return picked;
}

const AirEapol* AirView::copy_of(const Event& injected) const {
  const auto found = copies_.find(&injected);
  return found == copies_.end() ? nullptr : found->second;
}

std::vector<const AirEapol*> AirView::keys(const Association& association) const {
  std::vector<const AirEapol*> keys;
  for (const AirEapol& frame : association.eapol) {
    if (frame.key && !injected(frame)) {
      keys.push_back(&frame);
    }
  }
  return keys;
}

std::vector<HandshakeView> AirView::complete() const {
  std::vector<HandshakeView> complete;
  std::copy_if(handshakes_.begin(), handshakes_.end(), std::back_inserter(complete),
               [](const HandshakeView& h) { return h.complete(); });
  return complete;
}

bool is_open(const Evidence& evidence) {
  return evidence.plan.scenario.access_point.security == Security::open;
}

bool wrong_credential(const Evidence& evidence) {
  return !is_open(evidence) && evidence.plan.scenario.station.credential == Credential::wrong;
}

std::optional<std::string> missing(const Evidence& evidence, std::string_view file) {
  const auto found = evidence.missing.find(std::string(file));
  if (found == evidence.missing.end()) {
    return std::nullopt;
  }
  return fmt::format("{} can't be used: {}", file, found->second);
}

std::optional<Finding> without_message_3(const FindingBuilder& finding, const Evidence& evidence,
                                         std::string_view reason) {
  if (is_open(evidence) || wrong_credential(evidence)) {
    return finding.not_applicable(std::string(reason));
  }
  return without_handshake(finding, evidence);
}

std::optional<Finding> without_handshake(const FindingBuilder& finding, const Evidence& evidence) {
  if (is_open(evidence)) {
    return finding.not_applicable("an open network has no handshake");
  }
  if (const auto why = missing(evidence, evidence_file::kAir)) {
    return finding.inconclusive(*why);
  }
  const auto& all = evidence.air.associations;
  if (std::none_of(all.begin(), all.end(), [](const auto& a) { return !a.eapol.empty(); })) {
    return finding.inconclusive("the air capture holds no EAPOL frame of the station");
  }
  return std::nullopt;
}

const AirEapol* asked_by(const Association& association, const AirEapol& answer) {
  const AirEapol* found = nullptr;
  for (const AirEapol& frame : association.eapol) {
    if (frame.frame < answer.frame && frame.direction == Direction::from_access_point &&
        same_counter(frame, answer)) {
      found = &frame;
    }
  }
  return found;
}

bool is_answered(const Association& association, const AirEapol& asked) {
  return std::any_of(association.eapol.begin(), association.eapol.end(), [&](const AirEapol& f) {
    return f.direction == Direction::from_station && f.frame > asked.frame &&
           same_counter(f, asked) && !f.key->request();
  });
}

const AirEapol* answer_to(const Association& association, const AirEapol& asked) {
  for (const AirEapol& frame : association.eapol) {
    if (frame.frame > asked.frame && frame.direction == Direction::from_station &&
        same_counter(frame, asked) &&
        (question_of(frame.message) == asked.message || frame.message == KeyMessage::unknown)) {
      return &frame;
    }
  }
  return nullptr;
}

}  // namespace postassoc::checks
