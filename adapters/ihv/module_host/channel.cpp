#include "adapters/ihv/module_host/channel.h"

#include <chrono>
#include <cstdio>

#include "adapters/ihv/abi/ihv_basic_types.h"
#include "adapters/ihv/module_host/fields.h"
#include "adapters/ihv/module_host/platform.h"

namespace postassoc::module_host {
namespace {

constexpr std::size_t kMaxLine = std::size_t{1} << 20U;
constexpr std::chrono::seconds kAnswerLimit{5};

}  // namespace

void Channel::send(const Json& line) {
  const std::string text = line.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
  const std::lock_guard lock(writing_);
  if (!write_all(descriptor_, text)) {
    leave(0);
  }
}

std::uint32_t Channel::ask(Json question) {
  std::unique_lock lock(asking_);
  const std::uint64_t id = ++last_question_;
  const auto open = questions_.emplace(id, std::nullopt).first;
  lock.unlock();
  question["ask"] = id;
  send(question);
  lock.lock();
  answered_.wait_for(lock, kAnswerLimit, [&] { return open->second.has_value(); });
  const std::uint32_t error = open->second.value_or(ERROR_TIMEOUT);
  questions_.erase(open);
  return error;
}

void Channel::answer(const Json& line) {
  const std::lock_guard lock(asking_);
  if (const auto open = questions_.find(number_of(line, "answer")); open != questions_.end()) {
    open->second = static_cast<std::uint32_t>(number_of(line, "error"));
    answered_.notify_all();
  }
}

std::optional<std::string> read_line() {
  std::string line;
  for (int c = std::getchar(); c != EOF; c = std::getchar()) {
    if (c == '\n') {
      return line;
    }
    if (line.size() == kMaxLine) {
      return std::nullopt;
    }
    line.push_back(static_cast<char>(c));
  }
  return std::nullopt;
}

}  // namespace postassoc::module_host
