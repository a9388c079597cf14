#include "harness/air_survey.h"

#include "harness/air_reader.h"

namespace postassoc {

std::string_view to_string(FrameClass of) {
  switch (of) {
    case FrameClass::followed:
      return "of a station and access point that are followed";
    case FrameClass::network:
      return "beacon, probe request or probe response";
    case FrameClass::control:
      return "control frame";
    case FrameClass::bystander:
      return "of nobody who is followed";
    case FrameClass::heard_twice:
      return "heard by a second sniffer too";
    case FrameClass::bad_fcs:
      return "bad FCS";
    case FrameClass::bad_link_header:
      return "link header malformed";
    case FrameClass::cut_header:
      return "cut off inside its header";
    case FrameClass::protocol_version_1:
      return "protocol version 1 (S1G)";
    case FrameClass::other_version:
      return "protocol version 2 or 3";
  }
  return "?";
}

std::uint64_t SurveySummary::undecoded() const {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    sum += is_undecoded(static_cast<FrameClass>(i)) ? classes[i].frames : 0;
  }
  return sum;
}

Result<SurveySummary> survey_air(const std::filesystem::path& file, const SurveyQuestion& question,
                                 const AirSink& sink) {
  AirReader reader(question, sink);
  return reader.read(file);
}

}  // namespace postassoc
