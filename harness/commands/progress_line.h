#pragma once

#include <string_view>

#include "harness/commands/context.h"

namespace postassoc {

/// What goes on, for a person who waits, on the error stream: on a terminal one line that is
/// written over and over, with --verbose a line each; otherwise, in a log, nothing but the notes.
class ProgressLine {
 public:
  explicit ProgressLine(Context& context);
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  void show(std::string_view text);
  /// The same where several things go on: `news` is a line of its own, `all` is what is written
  /// over.
  void show_part(std::string_view news, std::string_view all);
  /// A line that stays, unless --quiet.
  void note(std::string_view text);
  /// Takes the line away, before something that stays is written.
  void clear();

 private:
  Context& context_;
  bool overwrite_ = false;
  bool shown_ = false;
};

}  // namespace postassoc
