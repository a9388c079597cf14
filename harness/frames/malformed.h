#pragma once

#include <string>
#include <utility>

#include "harness/result.h"

namespace postassoc {

/// The Error for bytes that do not decode. `layer`: what they were taken for.
inline Error malformed(std::string layer, std::string what) {
  return {Fault::lab, std::move(what), std::move(layer)};
}

}  // namespace postassoc
