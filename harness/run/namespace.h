#pragma once

#include <memory>
#include <string>

#include "harness/result.h"

namespace postassoc {

/// An open file descriptor of a network namespace, closed with the last copy; empty: the one that
/// this program runs in. The access point and the station each have one, so that what they send
/// each other has to cross the air.
struct NetworkNamespace {
  std::string name;         ///< for messages: "pa-4f21-station"
  std::shared_ptr<int> fd;  ///< null: the program's own namespace

  int get() const { return fd ? *fd : -1; }
};

/// Enters a namespace for the life of this object; sockets opened meanwhile belong to it. Never
/// held across a co_await: there is one thread.
class NamespaceScope {
 public:
  static Result<NamespaceScope> enter(const NetworkNamespace& target);
  NamespaceScope(NamespaceScope&& other) noexcept;
  NamespaceScope& operator=(NamespaceScope&&) = delete;
  ~NamespaceScope();

 private:
  explicit NamespaceScope(int previous) : previous_(previous) {}
  int previous_ = -1;
};

}  // namespace postassoc
