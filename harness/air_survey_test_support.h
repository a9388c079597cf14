#pragma once

#include <vector>

#include "harness/air_survey.h"
#include "harness/air_test_capture.h"

namespace postassoc {

/// For tests: everything that a survey gave away.
struct Surveyed {
  SurveySummary summary;
  std::vector<Air> airs;

  const Association& association(std::size_t i = 0) const { return airs.at(i).associations.at(0); }
  std::uint64_t sum_of_classes() const {
    std::uint64_t sum = 0;
    for (const auto& counted : summary.classes) {
      sum += counted.frames;
    }
    return sum;
  }
};

inline SurveyQuestion survey_question(const TestCapture& capture, Decrypt decrypt = Decrypt::all) {
  SurveyQuestion question;
  question.secrets.pmks = {capture.pmk};
  question.realtime_offset = TestCapture::kStart;
  question.decrypt = decrypt;
  return question;
}

inline Surveyed survey(const std::filesystem::path& file, const SurveyQuestion& question) {
  Surveyed surveyed;
  surveyed.summary = survey_air(file, question, [&](Air&& air) {
                       surveyed.airs.push_back(std::move(air));
                       return true;
                     }).value();
  return surveyed;
}
inline Surveyed survey(const TestCapture& capture, Decrypt decrypt = Decrypt::all) {
  return survey(capture.save(), survey_question(capture, decrypt));
}

}  // namespace postassoc
