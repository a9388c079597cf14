#include "adapters/ihv/module_host/recorder.h"

#include <algorithm>
#include <atomic>
#include <string_view>
#include <vector>

#include "adapters/ihv/module_host/platform.h"

namespace postassoc::module_host {
namespace {

struct OpenCall {
  std::uint64_t number;
  std::string_view function;
};

/// What the trace knows of a thread.
struct ThreadState {
  int number;
  bool host;
  std::vector<OpenCall> open;
};

ThreadState& this_thread() {
  static std::atomic<int> last{0};
  thread_local ThreadState state{++last, false, {}};
  return state;
}

}  // namespace

void Recorder::this_thread_is_ours() {
  this_thread().host = true;
}

bool Recorder::inside(const char* function) {
  return std::ranges::any_of(
      this_thread().open, [function](const OpenCall& call) { return call.function == function; });
}

void Recorder::write(const char* name, Json& fields) {
  fields["event"] = name;
  fields["time_ns"] = now_ns();
  channel_.send(Json{{"record", fields}});
}

void Recorder::event(const char* name, Json fields) {
  const std::lock_guard lock(order_);
  write(name, fields);
}

Call::Call(Recorder& recorder, const char* function, const char* by, Json fields)
    : recorder_(recorder), function_(function), by_(by) {
  ThreadState& thread = this_thread();
  fields["function"] = function;
  fields["by"] = by;
  fields["thread"] = thread.number;
  fields["host_thread"] = thread.host;
  fields["within"] = thread.open.empty() ? 0 : thread.open.back().number;
  {
    const std::lock_guard lock(recorder.order_);
    number_ = ++recorder.last_call_;
    fields["call"] = number_;
    recorder.write("ihv_begin", fields);
  }
  thread.open.push_back({number_, function});
  if (recorder.edge_) {
    recorder.edge_(function, Edge::begin);
  }
}

void Call::refused(std::uint32_t error, const std::string& why) {
  recorder_.event("ihv_refused",
                  Json{{"call", number_}, {"function", function_}, {"error", error}, {"why", why}});
}

void Call::returned(std::optional<std::uint32_t> error, const Json& out, const std::string& threw) {
  ThreadState& thread = this_thread();
  Json fields{{"call", number_}, {"function", function_}, {"by", by_}, {"thread", thread.number}};
  fields["out"] = out.is_object() ? out : Json::object();
  if (error) {
    fields["error"] = *error;
  }
  if (!threw.empty()) {
    fields["threw"] = threw;
  }
  recorder_.event("ihv_return", std::move(fields));
  std::erase_if(thread.open, [this](const OpenCall& call) { return call.number == number_; });
  if (recorder_.edge_) {
    recorder_.edge_(function_, Edge::returned);
  }
}

}  // namespace postassoc::module_host
