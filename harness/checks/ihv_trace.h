#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/evidence.h"

/// The calls between an IHV Extensions module and its host, read back from the timeline's events of
/// Witness::ihv. Positions (`..._at`) count those events in order of time, from 0.
namespace postassoc::checks {

inline constexpr std::size_t kNever = static_cast<std::size_t>(-1);

/// Winerror and L2 reason codes that rules speak of, as in winerror.h and l2cmn.h.
inline constexpr std::int64_t kErrorCancelled = 1223;
inline constexpr std::int64_t kReasonIhvFirst = 0x90000;
inline constexpr std::int64_t kReasonIhvLast = 0x9ffff;

/// One call, of a handler by the host or of an API by the module.
struct IhvCall {
  std::int64_t number = -1;  ///< over both directions, in order of begin; -1: the event has none
  std::string function;      ///< full name, "Dot11ExtSendPacket"
  bool by_module = false;
  std::int64_t thread = -1;
  std::size_t parent = kNever;  ///< index of the enclosing call on the same thread
  /// Handles as the host numbers them; "foreign": none that it issued; empty: the call has none.
  std::string adapter, session, connection;
  const Event* begin = nullptr;
  const Event* end = nullptr;  ///< null: it did not return before the trace ends
  std::size_t begin_at = 0;
  std::size_t end_at = kNever;
  std::optional<std::int64_t> error;  ///< returned Winerror code; nothing: VOID, or not returned

  bool returned() const { return end != nullptr; }
  /// Returned, and if it returned a code, ERROR_SUCCESS.
  bool succeeded() const { return end != nullptr && error.value_or(0) == 0; }
  bool refused() const { return end != nullptr && error.value_or(0) != 0; }
  bool under_way_at(std::size_t at) const { return begin_at < at && at < end_at; }

  // Arguments and out-parameters; nothing (empty) when absent or of another type.
  std::optional<std::int64_t> argument(const char* key) const;
  std::optional<bool> argument_flag(const char* key) const;
  std::string argument_text(const char* key) const;
  /// A number or word as text, for the host's numbers of sends, requests and buffers.
  std::string argument_handle(const char* key) const;
  std::optional<std::int64_t> out(const char* key) const;
  std::optional<bool> out_flag(const char* key) const;
  std::string out_handle(const char* key) const;
};

/// Another event of the host or station: a port, a packet dropped, a crash.
struct IhvMark {
  const Event* event = nullptr;
  std::size_t at = 0;
};

/// A security session: one data port, from PerformPostAssociate to whatever ended it.
struct IhvSession {
  std::string id;
  std::string peer;  ///< lower case
  const IhvCall* perform = nullptr;
  std::vector<const IhvCall*> completions;  ///< those that name it, whenever they came
  // The first of each after `perform` and before the next session's.
  const IhvCall* stop = nullptr;  ///< of its own peer
  const IhvCall* reset = nullptr;
  const IhvCall* deinit = nullptr;
  const IhvCall* next = nullptr;  ///< that begins the next session

  /// When the first of stop, reset and deinit was entered, or the next session began.
  std::size_t end_at() const;
  const Event* end() const;  ///< that call's event; null: it lasts to the end of the trace
  std::size_t next_at() const { return next == nullptr ? kNever : next->begin_at; }
  bool contains(std::size_t at) const { return perform->begin_at < at && at < end_at(); }
  /// Accepted, and before `at` neither completed nor stopped.
  bool pending_at(std::size_t at) const;
  /// The first that reports success before the session's end; null without.
  const IhvCall* success() const;
};

/// Never throws on odd events: what is not as expected is left out.
class IhvTrace {
 public:
  explicit IhvTrace(const Evidence& evidence);
  IhvTrace(const IhvTrace&) = delete;
  IhvTrace& operator=(const IhvTrace&) = delete;

  bool empty() const { return size_ == 0; }
  /// It goes on to the end: the module was unloaded, or the run was finished.
  bool complete() const { return complete_; }
  /// It begins with the loading of the module.
  bool from_start() const;
  std::size_t size() const { return size_; }

  const std::vector<IhvCall>& calls() const& { return calls_; }
  void calls() && = delete;
  const std::vector<IhvSession>& sessions() const& { return sessions_; }
  void sessions() && = delete;
  const std::vector<const IhvCall*>& calls_of(std::string_view function) const;
  const std::vector<IhvMark>& marks(std::string_view name) const;

  /// The call on whose stack it was made; null without.
  const IhvCall* parent(const IhvCall& call) const;
  /// The nearest enclosing call of this function; null without.
  const IhvCall* enclosing(const IhvCall& call, std::string_view function) const;
  const IhvCall* first_after(std::string_view function, std::size_t at) const;
  const IhvCall* last_before(std::string_view function, std::size_t at) const;
  const IhvMark* first_mark_after(std::string_view name, std::size_t at) const;
  const IhvMark* last_mark_before(std::string_view name, std::size_t at) const;
  /// The session whose port is up at that moment; null without.
  const IhvSession* session_at(std::size_t at) const;
  /// The last session that began before, whether or not it is over; null without.
  const IhvSession* latest_session(std::size_t at) const;
  /// The module's process ended by itself, or did not answer, at or after `at`; null without.
  const IhvMark* broke_after(std::size_t at) const;

 private:
  void read(const Event& event);
  void read_begin(const Event& event);
  void read_return(const Event& event);
  void find_sessions();
  void find_ends(IhvSession& session) const;

  std::vector<IhvCall> calls_;
  std::map<std::int64_t, std::size_t> latest_;  ///< call of that number that began last
  std::map<std::string, std::vector<const IhvCall*>, std::less<>> by_function_;
  std::map<std::string, std::vector<IhvMark>, std::less<>> marks_;
  std::vector<IhvSession> sessions_;
  std::size_t size_ = 0;
  bool complete_ = false;
};

std::string ihv_lower(std::string text);
/// Address text in lower case; "" for NULL and for all zeros.
std::string ihv_address(std::string text);
/// "call 12 of Dot11ExtSendPacket".
std::string name_of(const IhvCall& call);

}  // namespace postassoc::checks
