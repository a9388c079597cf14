#include "harness/checks/ihv_ports.h"

#include <algorithm>

namespace postassoc::checks {
namespace {

bool is_of(const IhvMark& mark, const std::string& session) {
  const auto of = number(*mark.event, "session");
  return of && std::to_string(*of) == session;
}

}  // namespace

bool kernel_port_open(const Evidence& evidence, Timestamp time) {
  bool open = false;
  Timestamp latest = Timestamp::min();
  const auto look = [&](const Event* event, bool opens) {
    if (event != nullptr && event->time <= time && event->time >= latest) {
      latest = event->time;
      open = opens;
    }
  };
  for (const PortSession& session : port_sessions(evidence, Side::station)) {
    look(session.associated, false);
    for (const Event* event : session.opened) {
      look(event, true);
    }
    for (const Event* event : session.closed) {
      look(event, false);
    }
    look(session.left, false);
  }
  return open;
}

const Event* kernel_opening(const Evidence& evidence, Timestamp from, Timestamp until) {
  for (const Event* event : port_openings(evidence, Side::station)) {
    if (event->time >= from && event->time <= until) {
      return event;
    }
  }
  return nullptr;
}

std::string port_state_before(const IhvTrace& trace, const std::string& session, std::size_t at) {
  std::string state;
  for (const IhvMark& mark : trace.marks("ihv_port")) {
    if (mark.at < at && is_of(mark, session)) {
      state = text(*mark.event, "state");
    }
  }
  return state;
}

const Event* port_event(const IhvTrace& trace, const std::string& session, std::string_view state,
                        std::size_t from, std::size_t until) {
  for (const IhvMark& mark : trace.marks("ihv_port")) {
    if (mark.at > from && mark.at < until && is_of(mark, session) &&
        text(*mark.event, "state") == state) {
      return mark.event;
    }
  }
  return nullptr;
}

bool is_overwritten(const std::string& address) {
  const std::string lower = ihv_lower(address);
  const std::string octet = lower.substr(0, 2);
  if (lower.size() != 17 || octet == "00" || octet == "ff") {
    return false;
  }
  for (std::size_t i = 3; i < lower.size(); i += 3) {
    if (lower.substr(i, 2) != octet) {
      return false;
    }
  }
  return true;
}

}  // namespace postassoc::checks
