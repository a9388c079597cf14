#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <exception>
#include <string>
#include <utility>

#include "harness/result.h"

namespace postassoc {

namespace asio = boost::asio;

/// A coroutine that ends with a value or an Error. One thread runs all of them; objects are owned
/// by whoever started them and outlive the tasks that borrow them.
template <class T = void>
using Task = asio::awaitable<Result<T>>;

/// Completion token of every Asio call in this project: co_await gives a tuple that begins with
/// the error_code, so that trouble is a value and not an exception.
inline constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);

/// Waits until the deadline has passed. For a deliberate wait that a scenario asks for; to wait for
/// something to happen, await the event instead.
inline Task<> sleep_for(std::chrono::nanoseconds duration) {
  asio::steady_timer timer(co_await asio::this_coro::executor, duration);
  co_await timer.async_wait(kNoThrow);
  co_return Result<>{};
}

/// Runs `task` for at most `limit`; past it the task is cancelled (its pending operation completes
/// with operation_aborted and it must return) and the result is a Fault::timeout Error that says
/// `what` was waited for. The one place where time-outs are made: `awaitable_operators ||` reports
/// a task that throws early as a deadline that passed, with Boost 1.81.
template <class T>
Task<T> with_deadline(Task<T> task, std::chrono::nanoseconds limit, std::string what) {
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, limit);
  auto [order, exception, result, timer_error] =
      co_await asio::experimental::make_parallel_group(
          asio::co_spawn(executor, std::move(task), asio::deferred),
          timer.async_wait(asio::deferred))
          .async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  if (order[0] == 1) {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(limit).count();
    co_return Error{Fault::timeout, what + ": not within " + std::to_string(ms) + " ms", {}};
  }
  if (exception) {
    std::rethrow_exception(exception);
  }
  co_return std::move(result);
}

}  // namespace postassoc
