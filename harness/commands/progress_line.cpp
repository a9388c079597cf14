#include "harness/commands/progress_line.h"

#include <unistd.h>

#include "harness/report/escape.h"

namespace postassoc {

ProgressLine::ProgressLine(Context& context)
    : context_(context),
      overwrite_(context.is_standard_output && !context.verbose && isatty(STDERR_FILENO) == 1) {}

void ProgressLine::show(std::string_view text) {
  if (context_.quiet) {
    return;
  }
  const report::ConsoleStyle style = context_.err_style();
  const std::string line =
      report::shortened(report::printable(text, style.charset), style.width - 1, style.charset);
  if (overwrite_) {
    context_.err << "\r\x1b[K" << line << std::flush;
    shown_ = true;
  } else if (context_.verbose) {
    context_.err << line << std::endl;
  }
}

void ProgressLine::show_part(std::string_view news, std::string_view all) {
  show(overwrite_ ? all : news);
}

void ProgressLine::note(std::string_view text) {
  if (context_.quiet) {
    return;
  }
  clear();
  const report::ConsoleStyle style = context_.err_style();
  context_.err << report::paint(report::printable(text, style.charset), report::Ink::dim, style)
               << std::endl;
}

void ProgressLine::clear() {
  if (shown_) {
    context_.err << "\r\x1b[K" << std::flush;
    shown_ = false;
  }
}

}  // namespace postassoc
