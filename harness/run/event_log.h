#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <variant>
#include <vector>

#include "harness/evidence_writer.h"
#include "harness/run/task.h"
#include "harness/timeline.h"

namespace postassoc {

/// The events of a run while it is recorded: appended to timeline.jsonl as they come, kept for
/// those who wait for one. All waiting of the runner goes through here, so that an interruption, a
/// dead hostapd or a lost interface ends every wait at once.
class EventLog {
 public:
  EventLog(asio::any_io_executor executor, EvidenceWriter& evidence);
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

  void emit(Event event);
  void emit(Witness witness, std::string name, nlohmann::json detail, Side side = Side::none);
  /// `watcher` is told of each event once it is kept; it may emit others.
  void watch(std::function<void(const Event&)> watcher) { watcher_ = std::move(watcher); }
  /// Number of events so far: a place to look back to.
  std::size_t mark() const { return events_.size(); }
  std::span<const Event> since(std::size_t mark) const;

  struct Reached {
    std::size_t index = 0;  ///< of the event that satisfied the predicate
  };
  struct Forbidden {
    std::size_t index = 0;
  };
  struct Expired {};
  using Outcome = std::variant<Reached, Forbidden, Expired>;

  /// Waits for an event at or after `from` that satisfies `wanted`, forbids others, until a
  /// deadline: one operation. An Error when the lab failed or the run was interrupted meanwhile.
  Task<Outcome> await(EventPredicate wanted, EventPredicate forbidden, std::size_t from,
                      std::chrono::nanoseconds limit);
  /// A deliberate wait, ended early only by the same Errors.
  Task<> wait(std::chrono::nanoseconds duration);

  /// Ends all waiting with Fault::interrupted.
  void interrupt();
  /// The first thing that made going on pointless: an interruption, a process or an interface of
  /// the lab that is gone, evidence that could not be written.
  const std::optional<Error>& trouble() const { return trouble_; }
  /// From now on the end of a process is expected: teardown has begun.
  void expect_exits() { exits_expected_ = true; }
  bool exits_expected() const { return exits_expected_; }

 private:
  std::optional<Outcome> scan(const EventPredicate& wanted, const EventPredicate& forbidden,
                              std::size_t& next) const;
  void wake();
  void note_trouble(const Event& event);

  asio::any_io_executor executor_;
  EvidenceWriter& evidence_;
  std::vector<Event> events_;
  std::function<void(const Event&)> watcher_;
  std::set<asio::steady_timer*> waiting_;
  std::optional<Error> trouble_;
  bool exits_expected_ = false;
};

}  // namespace postassoc
