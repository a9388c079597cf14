#pragma once

#include <boost/asio/io_context.hpp>
#include <exception>
#include <optional>
#include <utility>

#include "harness/run/task.h"

namespace postassoc {

/// Runs one task to its end on a context that nobody else runs, for tests and for a program that
/// does one thing; other work on the context goes on meanwhile. Throws what the task throws.
template <class T>
Result<T> run_task(asio::io_context& context, Task<T> task) {
  std::optional<Result<T>> result;
  std::exception_ptr thrown;
  asio::co_spawn(context, std::move(task), [&](std::exception_ptr error, Result<T> value) {
    thrown = error;
    result.emplace(std::move(value));
  });
  context.restart();
  while (!result) {
    context.run_one();
  }
  if (thrown) {
    std::rethrow_exception(thrown);
  }
  return std::move(*result);
}

}  // namespace postassoc
