#pragma once

#include <cstdint>

#include "harness/frames/bytes.h"
#include "harness/run/injection_keys.h"
#include "harness/scenario_inject.h"

namespace postassoc {

/// The EAPOL PDU of the `index`-th frame of a step, made of what the access point sent before. Its
/// replay counter is above all that the access point used, by `index` + 1, but for `replayed`; the
/// station does not keep the counter of a frame without a valid MIC. What is random follows from
/// seed and index. An Error when the air does not show what it is made of.
Result<Bytes> build_eapol_variant(step::EapolVariant variant, const InjectionKeys& keys,
                                  std::uint64_t index, std::uint32_t seed);

}  // namespace postassoc
