#pragma once

#include <string>
#include <vector>

#include "harness/evidence.h"
#include "harness/judging_terms.h"

namespace postassoc {

/// Evidence that is a capture and nothing else: `air` (of one association, or of several of one
/// station) as the only witness, without scenario, kernel trace or anybody's log. `missing` names
/// every other part, so that a check that needs it can say so. Times are those of the capture.
/// `checks`: what to judge, in the catalogue's order.
Evidence evidence_of_capture(Air air, std::vector<std::string> checks, const JudgingTerms& terms);

/// The association without what only rules about itself need: what is left compares it with others.
Association outline_of(const Association& association);

}  // namespace postassoc
