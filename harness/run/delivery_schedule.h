#pragma once

#include <functional>
#include <memory>

#include "harness/run/medium_engine.h"
#include "harness/run/task.h"

namespace postassoc {

/// Delivers what a MediumEngine decided, each when it is due. What is due is delivered before
/// `take` returns. After the object's end nothing is delivered.
class DeliverySchedule {
 public:
  using Deliver = std::function<void(const MediumDelivery&)>;

  DeliverySchedule(const asio::any_io_executor& executor, Deliver deliver);
  DeliverySchedule(const DeliverySchedule&) = delete;
  DeliverySchedule& operator=(const DeliverySchedule&) = delete;
  ~DeliverySchedule();

  void take(MediumDelivery delivery, Timestamp now);

 private:
  struct State;
  static void wait(const std::shared_ptr<State>& state);
  std::shared_ptr<State> state_;
};

}  // namespace postassoc
