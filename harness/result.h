#pragma once

#include <boost/system/result.hpp>
#include <stdexcept>
#include <string>
#include <utility>

namespace postassoc {

/// Whom an error concerns, and so which exit code it leads to (see `exit_code`).
/// Misbehaviour of the device is never an Error: it is a Finding. A bug is an exception.
enum class Fault {
  invalid_input,    ///< a file or a command line that a person must mend: exit 4
  rig_unavailable,  ///< a part of the rig, or its lock, cannot be had: exit 69
  lab,              ///< the lab failed while it was used: exit 70
  timeout,          ///< a part of the lab did not answer in time: exit 70
  interrupted,      ///< the user or the system asked for an end: exit 2
};

/// What went wrong, in one sentence a person can act on, and where: `file#/json/pointer`, a path,
/// an interface, a command. `where` may be empty.
struct Error {
  Fault fault = Fault::lab;
  std::string what;
  std::string where;
};

/// "where: what", the one way an error is shown.
inline std::string to_string(const Error& error) {
  return error.where.empty() ? error.what : error.where + ": " + error.what;
}

/// Lets `Result::value()` throw: reaching for a value that is not there is a bug in the harness.
[[noreturn]] inline void throw_exception_from_error(const Error& error,
                                                    const boost::source_location&) {
  throw std::logic_error("unchecked error: " + to_string(error));
}

/// A value or an Error. Propagate with two plain lines: `if (!r) return r.error();`
template <class T = void>
struct [[nodiscard]] Result : boost::system::result<T, Error> {
  using boost::system::result<T, Error>::result;
};

}  // namespace postassoc
