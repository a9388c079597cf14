#include "harness/run/delivery_schedule.h"

#include <boost/asio/steady_timer.hpp>
#include <map>
#include <utility>

#include "harness/clock.h"

namespace postassoc {

/// The timer's handler holds it weakly.
struct DeliverySchedule::State {
  State(const asio::any_io_executor& executor, Deliver how)
      : deliver(std::move(how)), timer(executor) {}

  void deliver_due() {
    const Timestamp now = monotonic_now();
    while (!due.empty() && due.begin()->first <= now) {
      const MediumDelivery delivery = std::move(due.begin()->second);
      due.erase(due.begin());
      deliver(delivery);
    }
  }

  Deliver deliver;
  asio::steady_timer timer;
  std::multimap<Timestamp, MediumDelivery> due;
};

DeliverySchedule::DeliverySchedule(const asio::any_io_executor& executor, Deliver deliver)
    : state_(std::make_shared<State>(executor, std::move(deliver))) {}

DeliverySchedule::~DeliverySchedule() {
  state_->timer.cancel();
  state_->due.clear();  // should it end by what it delivers
}

void DeliverySchedule::take(MediumDelivery delivery, Timestamp now) {
  if (delivery.at <= now) {
    state_->deliver(delivery);
    return;
  }
  const bool next = state_->due.empty() || delivery.at < state_->due.begin()->first;
  const Timestamp at = delivery.at;
  state_->due.emplace(at, std::move(delivery));
  if (next) {
    wait(state_);
  }
}

void DeliverySchedule::wait(const std::shared_ptr<State>& state) {
  state->timer.expires_at(asio::steady_timer::time_point(state->due.begin()->first));
  state->timer.async_wait([weak = std::weak_ptr(state)](boost::system::error_code error) {
    const auto state = weak.lock();
    if (error || !state) {
      return;
    }
    state->deliver_due();
    if (!state->due.empty()) {
      wait(state);
    }
  });
}

}  // namespace postassoc
