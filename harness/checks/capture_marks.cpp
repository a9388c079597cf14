#include "harness/checks/capture_marks.h"

#include <fmt/format.h>

#include "harness/checks/air_view.h"
#include "harness/checks/kernel_events.h"

namespace postassoc::checks {

const Event* capture_mark(const Evidence& evidence, std::string_view mark, std::string_view file) {
  return evidence.timeline.first([mark, file](const Event& e) {
    return e.witness == Witness::harness && e.name == mark && text(e, "file") == file;
  });
}

std::optional<std::string> capture_incomplete(const Evidence& evidence, std::string_view file,
                                              std::uint64_t held) {
  const Event* drained = capture_mark(evidence, "capture_drained", file);
  if (drained == nullptr) {
    return fmt::format("the end of {} is not marked: frames may be missing there", file);
  }
  const auto kernel = number(*drained, "dropped_by_kernel").value_or(0);
  const auto interface = number(*drained, "dropped_by_interface").value_or(0);
  if (kernel > 0 || interface > 0) {
    return fmt::format("the capture {} dropped frames (kernel {}, interface {})", file, kernel,
                       interface);
  }
  const auto received = number(*drained, "received").value_or(0);
  if (received > 0 && held < static_cast<std::uint64_t>(received)) {
    return fmt::format("{} holds {} of the {} that were captured", file, held,
                       count_of(static_cast<std::size_t>(received), "frame"));
  }
  return std::nullopt;
}

std::optional<std::string> netdev_incomplete(const Evidence& evidence, std::string_view file) {
  if (auto why = missing(evidence, file)) {
    return why;
  }
  const auto& frames = file == evidence_file::kStationNetdev ? evidence.station_netdev
                                                             : evidence.access_point_netdev;
  return capture_incomplete(evidence, file, frames.empty() ? 0 : frames.back().frame);
}

}  // namespace postassoc::checks
