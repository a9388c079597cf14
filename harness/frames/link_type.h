#pragma once

namespace postassoc {

/// Link types of a capture (tcpdump.org/linktypes), as the file and `CaptureFile` number them.
inline constexpr int kLinkTypeEthernet = 1;
inline constexpr int kLinkTypeDot11 = 105;
inline constexpr int kLinkTypeRadiotap = 127;

}  // namespace postassoc
