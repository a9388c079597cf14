#include "harness/run/event_log.h"

#include <utility>

#include "harness/evidence.h"

namespace postassoc {

EventLog::EventLog(asio::any_io_executor executor, EvidenceWriter& evidence)
    : executor_(std::move(executor)), evidence_(evidence) {}

void EventLog::emit(Event event) {
  const auto written =
      evidence_.append(evidence_file::kTimeline, as_bytes(to_json_line(event) + "\n"));
  if (!written && !trouble_) {
    trouble_ = written.error();
  }
  note_trouble(event);
  events_.push_back(std::move(event));
  wake();
  if (watcher_) {
    watcher_(Event(events_.back()));  // a copy: what it emits moves the events
  }
}

void EventLog::emit(Witness witness, std::string name, nlohmann::json detail, Side side) {
  emit(Event{monotonic_now(), {}, witness, side, std::move(name), std::move(detail)});
}

void EventLog::note_trouble(const Event& event) {
  if (exits_expected_ || trouble_) {
    return;
  }
  if (event.witness == Witness::harness && event.name == "medium_overflow") {
    trouble_ = Error{Fault::lab, "the medium lost frames that no rule is about",
                     event.detail.value("text", "")};
  }
  if (event.witness != Witness::host) {
    return;
  }
  if (event.name == "process_exited") {
    const std::string name = event.detail.value("name", "a process");
    trouble_ = Error{Fault::lab, name + " ended in mid-run", name};
  } else if (event.name == "interface_gone") {
    const std::string name = event.detail.value("interface", "an interface");
    trouble_ = Error{Fault::lab, "the interface vanished in mid-run", name};
  }
}

std::span<const Event> EventLog::since(std::size_t mark) const {
  return std::span(events_).subspan(std::min(mark, events_.size()));
}

void EventLog::wake() {
  for (asio::steady_timer* timer : waiting_) {
    timer->cancel();
  }
}

void EventLog::interrupt() {
  if (!trouble_) {
    trouble_ = Error{Fault::interrupted, "interrupted", {}};
  }
  emit(Witness::harness, "interrupted", nlohmann::json::object());
}

std::optional<EventLog::Outcome> EventLog::scan(const EventPredicate& wanted,
                                                const EventPredicate& forbidden,
                                                std::size_t& next) const {
  for (; next < events_.size(); ++next) {
    if (wanted && wanted(events_[next])) {
      return Reached{next};
    }
    if (forbidden && forbidden(events_[next])) {
      return Forbidden{next};
    }
  }
  return std::nullopt;
}

Task<EventLog::Outcome> EventLog::await(EventPredicate wanted, EventPredicate forbidden,
                                        std::size_t from, std::chrono::nanoseconds limit) {
  asio::steady_timer timer(executor_);
  const auto deadline = std::chrono::steady_clock::now() + limit;
  std::size_t next = from;
  for (;;) {
    if (auto outcome = scan(wanted, forbidden, next)) {
      co_return *outcome;
    }
    if (trouble_) {
      co_return *trouble_;
    }
    if (std::chrono::steady_clock::now() >= deadline) {
      co_return Outcome(Expired{});
    }
    timer.expires_at(deadline);
    waiting_.insert(&timer);
    co_await timer.async_wait(kNoThrow);
    waiting_.erase(&timer);
  }
}

Task<> EventLog::wait(std::chrono::nanoseconds duration) {
  auto outcome = co_await await({}, {}, mark(), duration);
  if (!outcome) {
    co_return outcome.error();
  }
  co_return Result<>{};
}

}  // namespace postassoc
