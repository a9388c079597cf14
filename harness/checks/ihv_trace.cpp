#include "harness/checks/ihv_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "harness/checks/ihv_names.h"
#include "harness/checks/kernel_events.h"

namespace postassoc::checks {
namespace {

using nlohmann::json;

/// A member of the detail's object `group`; null when either is not there.
const json* member(const Event* event, const char* group, const char* key) {
  if (event == nullptr) {
    return nullptr;
  }
  const auto object = event->detail.find(group);
  if (object == event->detail.end() || !object->is_object()) {
    return nullptr;
  }
  const auto found = object->find(key);
  return found == object->end() ? nullptr : &*found;
}

std::optional<std::int64_t> as_number(const json* value) {
  return value != nullptr && value->is_number_integer() ? std::optional(value->get<std::int64_t>())
                                                        : std::nullopt;
}

std::optional<bool> as_flag(const json* value) {
  return value != nullptr && value->is_boolean() ? std::optional(value->get<bool>()) : std::nullopt;
}

std::string as_text(const json* value) {
  return value != nullptr && value->is_string() ? value->get<std::string>() : "";
}

std::string as_handle(const json* value) {
  if (const auto number = as_number(value)) {
    return std::to_string(*number);
  }
  return as_text(value);
}

/// Of an event's own detail, or else of its arguments.
std::string handle_of(const Event& event, const char* key) {
  const auto found = event.detail.find(key);
  return found != event.detail.end() ? as_handle(&*found)
                                     : as_handle(member(&event, "arguments", key));
}

}  // namespace

std::optional<std::int64_t> IhvCall::argument(const char* key) const {
  return as_number(member(begin, "arguments", key));
}
std::optional<bool> IhvCall::argument_flag(const char* key) const {
  return as_flag(member(begin, "arguments", key));
}
std::string IhvCall::argument_text(const char* key) const {
  return as_text(member(begin, "arguments", key));
}
std::string IhvCall::argument_handle(const char* key) const {
  return as_handle(member(begin, "arguments", key));
}
std::optional<std::int64_t> IhvCall::out(const char* key) const {
  return as_number(member(end, "out", key));
}
std::optional<bool> IhvCall::out_flag(const char* key) const {
  return as_flag(member(end, "out", key));
}
std::string IhvCall::out_handle(const char* key) const {
  return as_handle(member(end, "out", key));
}

std::size_t IhvSession::end_at() const {
  std::size_t first = kNever;
  for (const IhvCall* call : {stop, reset, deinit, next}) {
    first = call == nullptr ? first : std::min(first, call->begin_at);
  }
  return first;
}

const Event* IhvSession::end() const {
  for (const IhvCall* call : {stop, reset, deinit, next}) {
    if (call != nullptr && call->begin_at == end_at()) {
      return call->begin;
    }
  }
  return nullptr;
}

bool IhvSession::pending_at(std::size_t at) const {
  const bool started = perform->succeeded() && perform->begin_at < at;
  const bool completed = std::any_of(completions.begin(), completions.end(), [&](const auto* c) {
    return c->begin_at < at && c->begin_at > perform->begin_at;
  });
  const auto before = [&](const IhvCall* call) { return call != nullptr && call->begin_at < at; };
  return started && !completed && !before(stop) && !before(deinit) && !before(reset) &&
         at <= next_at();
}

const IhvCall* IhvSession::success() const {
  for (const IhvCall* completion : completions) {
    if (contains(completion->begin_at) && completion->argument("error") == 0) {
      return completion;
    }
  }
  return nullptr;
}

IhvTrace::IhvTrace(const Evidence& evidence) {
  for (const Event& event : evidence.timeline.events()) {
    if (event.witness == Witness::ihv) {
      read(event);
      ++size_;
    }
  }
  for (const IhvCall& call : calls_) {
    by_function_[call.function].push_back(&call);
  }
  const auto& unloads = calls_of(ihv::kDeinitService);
  const bool unloaded = !unloads.empty() && unloads.back()->returned();
  complete_ = unloaded || evidence.finished();
  find_sessions();
}

void IhvTrace::read(const Event& event) {
  if (event.name == "ihv_begin") {
    read_begin(event);
  } else if (event.name == "ihv_return") {
    read_return(event);
  } else {
    marks_[event.name].push_back({&event, size_});
  }
}

void IhvTrace::read_begin(const Event& event) {
  IhvCall call;
  call.function = text(event, "function");
  if (call.function.empty()) {
    return;
  }
  call.number = number(event, "call").value_or(-1);
  call.by_module = text(event, "by") == "module";
  call.thread = number(event, "thread").value_or(-1);
  const auto outer = latest_.find(number(event, "within").value_or(0));
  call.parent = outer == latest_.end() ? kNever : outer->second;
  call.adapter = handle_of(event, "adapter");
  call.session = handle_of(event, "session");
  call.connection = handle_of(event, "connection");
  call.begin = &event;
  call.begin_at = size_;
  if (call.number > 0) {
    latest_[call.number] = calls_.size();
  }
  calls_.push_back(std::move(call));
}

void IhvTrace::read_return(const Event& event) {
  const auto of = latest_.find(number(event, "call").value_or(-1));
  if (of == latest_.end() || calls_[of->second].returned()) {
    return;
  }
  IhvCall& call = calls_[of->second];
  call.end = &event;
  call.end_at = size_;
  call.error = number(event, "error");
}

void IhvTrace::find_sessions() {
  for (const IhvCall* perform : calls_of(ihv::kPerformPostAssociate)) {
    if (!sessions_.empty()) {
      sessions_.back().next = perform;
    }
    IhvSession session;
    session.id = perform->session;
    session.peer = ihv_address(perform->argument_text("peer"));
    session.perform = perform;
    sessions_.push_back(std::move(session));
  }
  for (IhvSession& session : sessions_) {
    find_ends(session);
  }
}

void IhvTrace::find_ends(IhvSession& session) const {
  const auto first = [](const IhvCall*& slot, const IhvCall& call) {
    slot = slot == nullptr ? &call : slot;
  };
  for (const IhvCall& call : calls_) {
    if (call.function == ihv::kPostAssociateCompletion && !session.id.empty() &&
        call.session == session.id) {
      session.completions.push_back(&call);
    }
    if (call.begin_at < session.perform->begin_at || call.begin_at > session.next_at()) {
      continue;
    }
    const std::string peer = ihv_address(call.argument_text("peer"));
    if (call.function == ihv::kStopPostAssociate && peer == session.peer) {
      first(session.stop, call);
    } else if (call.function == ihv::kAdapterReset) {
      first(session.reset, call);
    } else if (call.function == ihv::kDeinitAdapter) {
      first(session.deinit, call);
    }
  }
}

bool IhvTrace::from_start() const {
  return !marks("ihv_module_loaded").empty() ||
         (!calls_.empty() && calls_.front().function == ihv::kGetVersionInfo);
}

const std::vector<const IhvCall*>& IhvTrace::calls_of(std::string_view function) const {
  static const std::vector<const IhvCall*> none;
  const auto found = by_function_.find(function);
  return found == by_function_.end() ? none : found->second;
}

const std::vector<IhvMark>& IhvTrace::marks(std::string_view name) const {
  static const std::vector<IhvMark> none;
  const auto found = marks_.find(name);
  return found == marks_.end() ? none : found->second;
}

const IhvCall* IhvTrace::parent(const IhvCall& call) const {
  return call.parent < calls_.size() ? &calls_[call.parent] : nullptr;
}

const IhvCall* IhvTrace::enclosing(const IhvCall& call, std::string_view function) const {
  const IhvCall* outer = parent(call);
  while (outer != nullptr && outer->function != function) {
    outer = parent(*outer);  // began earlier: this ends
  }
  return outer;
}

const IhvCall* IhvTrace::first_after(std::string_view function, std::size_t at) const {
  const auto& calls = calls_of(function);
  const auto found = std::partition_point(calls.begin(), calls.end(),
                                          [&](const IhvCall* c) { return c->begin_at <= at; });
  return found == calls.end() ? nullptr : *found;
}

const IhvCall* IhvTrace::last_before(std::string_view function, std::size_t at) const {
  const auto& calls = calls_of(function);
  const auto found = std::partition_point(calls.begin(), calls.end(),
                                          [&](const IhvCall* c) { return c->begin_at < at; });
  return found == calls.begin() ? nullptr : *std::prev(found);
}

const IhvMark* IhvTrace::first_mark_after(std::string_view name, std::size_t at) const {
  const auto& marks = this->marks(name);
  const auto found = std::partition_point(marks.begin(), marks.end(),
                                          [&](const IhvMark& m) { return m.at <= at; });
  return found == marks.end() ? nullptr : &*found;
}

const IhvMark* IhvTrace::last_mark_before(std::string_view name, std::size_t at) const {
  const auto& marks = this->marks(name);
  const auto found =
      std::partition_point(marks.begin(), marks.end(), [&](const IhvMark& m) { return m.at < at; });
  return found == marks.begin() ? nullptr : &*std::prev(found);
}

const IhvSession* IhvTrace::session_at(std::size_t at) const {
  const IhvSession* session = latest_session(at);
  return session != nullptr && session->contains(at) ? session : nullptr;
}

const IhvSession* IhvTrace::latest_session(std::size_t at) const {
  const IhvSession* latest = nullptr;
  for (const IhvSession& session : sessions_) {
    latest = session.perform->begin_at < at ? &session : latest;
  }
  return latest;
}

const IhvMark* IhvTrace::broke_after(std::size_t at) const {
  const IhvMark* first = nullptr;
  for (const char* name : {"ihv_module_crash", "ihv_module_hang"}) {
    for (const IhvMark& mark : marks(name)) {
      first = mark.at >= at && (first == nullptr || mark.at < first->at) ? &mark : first;
    }
  }
  return first;
}

std::string ihv_lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string ihv_address(std::string text) {
  text = ihv_lower(std::move(text));
  return text.find_first_not_of("0:") == text.npos ? "" : text;
}

std::string name_of(const IhvCall& call) {
  return fmt::format("call {} of {}", call.number, call.function);
}

}  // namespace postassoc::checks
