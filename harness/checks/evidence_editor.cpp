#include "harness/checks/evidence_editor.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace postassoc::checks {
namespace {

using Indices = std::vector<std::size_t>;

std::array<Indices*, 4> lists(Handshake& handshake) {
  return {&handshake.m1, &handshake.m2, &handshake.m3, &handshake.m4};
}

Handshake* handshake_of(Association& association, std::size_t index) {
  for (Handshake& handshake : association.handshakes) {
    for (const Indices* list : lists(handshake)) {
      if (std::find(list->begin(), list->end(), index) != list->end()) {
        return &handshake;
      }
    }
  }
  return nullptr;
}

void erase_at(Association& association, std::size_t index) {
  association.eapol.erase(association.eapol.begin() + static_cast<std::ptrdiff_t>(index));
  for (Handshake& handshake : association.handshakes) {
    for (Indices* list : lists(handshake)) {
      std::erase(*list, index);
      for (std::size_t& one : *list) {
        one -= one > index ? 1U : 0U;
      }
    }
  }
}

Timeline in_order_of_time(std::vector<Event> events) {
  std::stable_sort(events.begin(), events.end(),
                   [](const Event& a, const Event& b) { return a.time < b.time; });
  return Timeline(std::move(events));
}

}  // namespace

EvidenceEditor::EvidenceEditor(const Evidence& original)
    : evidence(original), events(std::exchange(evidence.timeline, {}).take()) {}

void EvidenceEditor::erase(std::string_view name) {
  erase([name](const Event& e) { return e.name == name; });
}

Event* EvidenceEditor::find_event(const EventPredicate& predicate) {
  const auto found = std::find_if(events.begin(), events.end(), predicate);
  return found == events.end() ? nullptr : &*found;
}

Event* EvidenceEditor::find_event(std::string_view name, Side side, std::size_t n) {
  return find_event([&](const Event& e) {
    return e.name == name && (side == Side::none || e.side == side) && n-- == 0;
  });
}

Event& EvidenceEditor::event(std::string_view name, Side side, std::size_t n) {
  Event* found = find_event(name, side, n);
  if (found == nullptr) {
    throw std::logic_error("no such event: " + std::string(name));
  }
  return *found;
}

void EvidenceEditor::add(Timestamp time, Witness witness, Side side, std::string name,
                         nlohmann::json detail) {
  events.push_back({time, {}, witness, side, std::move(name), std::move(detail)});
}

AirEapol* EvidenceEditor::find_message(KeyMessage kind) {
  for (Association& association : evidence.air.associations) {
    for (AirEapol& frame : association.eapol) {
      if (frame.message == kind) {
        return &frame;
      }
    }
  }
  return nullptr;
}

AirEapol& EvidenceEditor::message(KeyMessage kind) {
  AirEapol* found = find_message(kind);
  if (found == nullptr) {
    throw std::logic_error("no such message");
  }
  return *found;
}

Association* EvidenceEditor::association_of(const AirEapol& frame) {
  for (Association& association : evidence.air.associations) {
    for (const AirEapol& one : association.eapol) {
      if (&one == &frame) {
        return &association;
      }
    }
  }
  return nullptr;
}

void EvidenceEditor::lose(KeyMessage kind) {
  erase_eapol([kind](const AirEapol& frame) { return frame.message == kind; });
}

void EvidenceEditor::erase_eapol(const std::function<bool(const AirEapol&)>& predicate) {
  for (Association& association : evidence.air.associations) {
    for (std::size_t i = association.eapol.size(); i-- > 0;) {
      if (predicate(association.eapol[i])) {
        erase_at(association, i);
      }
    }
  }
}

void EvidenceEditor::insert_eapol(const AirEapol& beside, AirEapol frame) {
  Association* association = association_of(beside);
  if (association == nullptr) {
    return;
  }
  auto& eapol = association->eapol;
  Handshake* handshake =
      handshake_of(*association, static_cast<std::size_t>(&beside - eapol.data()));
  const auto at = std::upper_bound(eapol.begin(), eapol.end(), frame,
                                   [](const auto& a, const auto& b) { return a.frame < b.frame; });
  const auto index = static_cast<std::size_t>(at - eapol.begin());
  const KeyMessage kind = frame.message;
  eapol.insert(at, std::move(frame));
  for (Handshake& one : association->handshakes) {
    for (Indices* list : lists(one)) {
      for (std::size_t& held : *list) {
        held += held >= index ? 1U : 0U;
      }
    }
  }
  if (Indices* list = handshake == nullptr ? nullptr : handshake->list_of(kind)) {
    list->insert(std::upper_bound(list->begin(), list->end(), index), index);
  }
}

void EvidenceEditor::swap_eapol(AirEapol& a, AirEapol& b) {
  Association* association = association_of(a);
  if (association == nullptr || association != association_of(b)) {
    return;
  }
  std::swap(a, b);
  std::swap(a.frame, b.frame);
  std::swap(a.time, b.time);
  const auto at_a = static_cast<std::size_t>(&a - association->eapol.data());
  const auto at_b = static_cast<std::size_t>(&b - association->eapol.data());
  for (Handshake& handshake : association->handshakes) {
    for (Indices* list : lists(handshake)) {
      for (std::size_t& one : *list) {
        one = one == at_a ? at_b : (one == at_b ? at_a : one);
      }
      std::sort(list->begin(), list->end());
    }
  }
}

Evidence EvidenceEditor::build() const& {
  Evidence built = evidence;
  built.timeline = in_order_of_time(events);
  return built;
}

Evidence EvidenceEditor::build() && {
  evidence.timeline = in_order_of_time(std::move(events));
  return std::move(evidence);
}

Finding judge_one(std::string_view id, const EvidenceEditor& editor) {
  const Check* check = find_check(id);
  if (check == nullptr) {
    throw std::logic_error("no such check: " + std::string(id));
  }
  return check->judge(editor.build());
}

}  // namespace postassoc::checks
