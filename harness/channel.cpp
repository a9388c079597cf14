#include "harness/channel.h"

#include <fmt/format.h>

namespace postassoc {
namespace {

bool in_steps_of_four(int channel, int first, int last) {
  return channel >= first && channel <= last && (channel - first) % 4 == 0;
}

}  // namespace

Result<int> frequency_mhz(int channel) {
  if (channel == 14) {
    return 2484;
  }
  if (channel >= 1 && channel <= 13) {
    return 2407 + 5 * channel;
  }
  if (in_steps_of_four(channel, 36, 64) || in_steps_of_four(channel, 100, 144) ||
      in_steps_of_four(channel, 149, 177)) {
    return 5000 + 5 * channel;
  }
  return Error{Fault::invalid_input,
               fmt::format("there is no 20 MHz channel {}: 1 to 14 (2.4 GHz), 36, 40, ... 64, 100, "
                           "104, ... 144, 149, 153, ... 177 (5 GHz)",
                           channel),
               {}};
}

int channel_of(int frequency) {
  if (frequency == 2484) {
    return 14;
  }
  const int channel = frequency < 3000 ? (frequency - 2407) / 5 : (frequency - 5000) / 5;
  const auto back = frequency_mhz(channel);
  return back && *back == frequency ? channel : 0;
}

}  // namespace postassoc
