#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/checks/check.h"

namespace postassoc::checks {

/// Evidence to be changed, one part at a time: its events as a plain list, and the handshakes'
/// indices kept right when EAPOL frames come and go. `build` makes evidence of it again. What a
/// `find_...` returns is null when there is none, and good until the next change of its list; the
/// accessors without that word throw std::logic_error.
class EvidenceEditor {
 public:
  Evidence evidence;          ///< its timeline is empty: see `events`
  std::vector<Event> events;  ///< in any order; `build` sorts them by time

  EvidenceEditor() = default;
  explicit EvidenceEditor(const Evidence& original);

  // --- the timeline
  void erase(const EventPredicate& predicate) { std::erase_if(events, predicate); }
  void erase(std::string_view name);
  Event* find_event(const EventPredicate& predicate);
  /// The n-th event of this name (and side).
  Event* find_event(std::string_view name, Side side = Side::none, std::size_t n = 0);
  Event& event(std::string_view name, Side side = Side::none, std::size_t n = 0);
  void add(Timestamp time, Witness witness, Side side, std::string name,
           nlohmann::json detail = nlohmann::json::object());

  // --- the air
  Association& association() { return evidence.air.associations.at(0); }
  /// The first EAPOL frame of this kind, in whichever association.
  AirEapol* find_message(KeyMessage kind);
  AirEapol& message(KeyMessage kind);
  /// The one that holds this frame; null for a frame of elsewhere.
  Association* association_of(const AirEapol& frame);
  /// Takes the frames of a kind away, or those that satisfy the predicate.
  void lose(KeyMessage kind);
  void erase_eapol(const std::function<bool(const AirEapol&)>& predicate);
  /// Puts a frame into the association that holds `beside`, in order of frame numbers, and into
  /// the list of its kind of the same handshake. Numbers need not be unique.
  void insert_eapol(const AirEapol& beside, AirEapol frame);
  /// Two frames of one association change places: number, time and position.
  void swap_eapol(AirEapol& a, AirEapol& b);

  Evidence build() const&;
  Evidence build() &&;
};

/// What one check says of it.
Finding judge_one(std::string_view id, const EvidenceEditor& editor);

}  // namespace postassoc::checks
