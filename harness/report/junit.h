#pragma once

#include <string>

#include "harness/report/model.h"

namespace postassoc::report {

/// junit.xml: one testsuite for the run, one testcase a scenario (classname: its folder). A device
/// that failed is <failure>, a lab that failed or could not tell is <error type="error"> or
/// <error type="inconclusive">, a scenario that was not run is <skipped>. Measured values, their
/// limits (in milliseconds), the rig and the software versions are properties. The text has been
/// rid of what XML forbids. The sheet of a suite is a second testsuite, a testcase a line.
std::string junit_xml(const RunReport& run);

}  // namespace postassoc::report
