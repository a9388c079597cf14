#include <chrono>

#include "adapters/ihv/module_host/operations.h"
#include "adapters/ihv/module_host/triggers.h"

/// Plays the operating system towards one IHV Extensions module: commands come in and records go
/// out as JSON lines on standard input and output. Ends at the end of input or with "quit",
/// whatever the module does.
int main() {
  using namespace postassoc::module_host;
  constexpr std::chrono::milliseconds kEndLimit{1500};
  constexpr int kBadInput = 2;
  make_host(take_protocol_output());
  Recorder::this_thread_is_ours();
  host().recorder.on_edge(fire_triggers);
  while (const auto text = read_line()) {
    const Json line = Json::parse(*text, nullptr, false);
    if (!line.is_object()) {
      leave(kBadInput);
    }
    if (text_of(line, "do") == "quit") {
      break;
    }
    run_command(line);
  }
  (void)host().control.wait_until_idle(kEndLimit);
  leave(0);
}
