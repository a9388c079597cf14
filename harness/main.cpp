#include <exception>
#include <iostream>

#include "adapters/virtual_rig/guest.h"
#include "harness/commands/cli.h"
#include "harness/commands/recording.h"
#include "harness/report/exit_code.h"

/// The program. In the guest of the virtual rig it is the init, elsewhere the command line.
int main(int argc, char** argv) {
  try {
    if (postassoc::virtual_rig::is_guest_init()) {
      return postassoc::run_guest();
    }
    return postassoc::run_cli(argc, argv);
  } catch (const std::exception& bug) {
    std::cerr << "postassoc: a bug in the harness: " << bug.what()
              << "\nPlease report it with the command line and the run directory.\n";
    return postassoc::report::kExitBug;
  }
}
