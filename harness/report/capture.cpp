#include "harness/report/capture.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/frames/link_type.h"
#include "harness/report/console.h"

namespace postassoc::report {
namespace {

constexpr std::size_t kMostNetworks = 8;
constexpr std::size_t kIndent = 6;

std::string count_text(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string size_text(std::uint64_t bytes) {
  constexpr std::uint64_t kMega = 1'000'000;
  return bytes < kMega ? fmt::format("{:.1f} kB", static_cast<double>(bytes) / 1e3)
                       : fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

std::string line(std::string_view label, const std::string& text, Ink ink,
                 const ConsoleStyle& style) {
  constexpr std::size_t kLabel = 14;
  std::string out;
  std::string_view head = label;
  for (const std::string& part :
       wrapped(printable(text, style.charset), style.width - kLabel - 2)) {
    out += "  " + paint(padded(head, kLabel), Ink::dim, style) + paint(part, ink, style) + "\n";
    head = "";
  }
  return out;
}

std::string networks_text(const SurveySummary& capture) {
  std::string text;
  for (std::size_t i = 0; i < std::min(capture.bsses.size(), kMostNetworks); ++i) {
    const SurveyBss& bss = capture.bsses[i];
    text += fmt::format("{}{} ({})", text.empty() ? "" : ", ",
                        bss.ssid.empty() ? "(hidden)" : bss.ssid, to_string(bss.bssid));
  }
  const std::uint64_t all = capture.bsses.size() + capture.bsses_not_kept;
  return all > kMostNetworks ? fmt::format("{} and {} more", text, all - kMostNetworks) : text;
}

/// One line for each kind of frame that nothing can be said of.
std::string render_undecoded(const SurveySummary& capture, const ConsoleStyle& style) {
  std::string out;
  std::string_view label = "not decoded";
  for (std::size_t i = 0; i < capture.classes.size(); ++i) {
    const auto which = static_cast<FrameClass>(i);
    const SurveySummary::Count& count = capture.of(which);
    if (is_undecoded(which) && count.frames > 0) {
      out += line(label,
                  fmt::format("{}: {} (first: frame {})", count_text(count.frames, "frame"),
                              to_string(which), count.first_frame),
                  Ink::yellow, style);
      label = "";
    }
  }
  return out;
}

std::string render_doubts(const SurveySummary& capture, const ConsoleStyle& style) {
  std::string out;
  const auto doubt = [&](const std::string& text) {
    out += line("beware", text, Ink::yellow, style);
  };
  if (capture.truncated) {
    doubt("the file ends early: " + *capture.truncated);
  }
  if (capture.still_growing) {
    doubt("the file became longer while it was read: it is still being written");
  }
  if (capture.clock_back.frames > 0) {
    doubt(fmt::format("the capture's clock went back {} (first at frame {})",
                      count_text(capture.clock_back.frames, "time"),
                      capture.clock_back.first_frame));
  }
  if (capture.cut_short.frames > 0) {
    doubt(fmt::format("of {} only the beginning was captured (first: frame {})",
                      count_text(capture.cut_short.frames, "frame"),
                      capture.cut_short.first_frame));
  }
  if (capture.associations_cut + capture.stations_given_up > 0) {
    doubt(fmt::format("too much at once: {} judged before their end, {} given up",
                      count_text(capture.associations_cut, "association"),
                      count_text(capture.stations_given_up, "silent station")));
  }
  return out;
}

std::string link_text(int link_type) {
  switch (link_type) {
    case kLinkTypeEthernet:
      return "Ethernet";
    case kLinkTypeDot11:
      return "802.11";
    case kLinkTypeRadiotap:
      return "802.11 with radiotap";
    default:
      return fmt::format("link type {}", link_type);
  }
}

std::string render_file(const RunReport& run, const ConsoleStyle& style) {
  const SurveySummary& capture = *run.capture;
  std::string about = fmt::format("{}, {}, {}", count_text(capture.frames, "frame"),
                                  size_text(capture.bytes), link_text(capture.link_type));
  if (capture.first_stamp && capture.last_stamp) {
    about += ", " + duration_text(*capture.last_stamp - *capture.first_stamp);
  }
  std::string out =
      paint(printable(run.directory.string(), style.charset), Ink::bold, style) + "\n";
  out += line("capture", about, Ink::plain, style);
  if (!capture.bsses.empty()) {
    out += line("networks", networks_text(capture), Ink::plain, style);
  }
  if (capture.associations_of_other_ssids > 0) {
    out += line("left out",
                count_text(capture.associations_of_other_ssids, "association") +
                    " with networks of another name",
                Ink::plain, style);
  }
  return out + render_undecoded(capture, style) + render_doubts(capture, style);
}

std::string indented(const std::string& text, Ink ink, const ConsoleStyle& style) {
  std::string out;
  for (const std::string& part : wrapped(printable(text, style.charset), style.width - kIndent)) {
    out += std::string(kIndent, ' ') + paint(part, ink, style) + "\n";
  }
  return out;
}

std::string render_row(const ScenarioReport& row, std::size_t number, const ConsoleStyle& style) {
  constexpr std::size_t kVerdict = 14;
  std::string out = padded_left(fmt::format("{}", number), kIndent - 2) + "  ";
  out += paint(padded(outcome_word(row), kVerdict), ink_of(row.verdict), style);
  out += paint(printable(row.name, style.charset), Ink::bold, style);
  out += paint(printable(row.network.empty() ? "" : "  " + row.network, style.charset), Ink::dim,
               style) +
         "\n";
  out += indented(row.summary, Ink::plain, style);
  out += row.messages.empty() ? "" : indented("frames: " + row.messages, Ink::dim, style);
  // Not wrapped: it is to be pasted.
  return out + std::string(kIndent, ' ') +
         paint(printable(row.display_filter, style.charset), Ink::cyan, style) + "\n";
}

std::string render_table(const RunReport& run, const ConsoleStyle& style) {
  std::string out = "\n" + paint("Associations, worst first", Ink::bold, style) + "\n";
  for (std::size_t i = 0; i < run.scenarios.size(); ++i) {
    out += render_row(run.scenarios[i], i + 1, style);
  }
  const Totals totals = run.totals();
  return out + fmt::format("\n{}: {} fail, {} inconclusive, {} pass\n",
                           count_text(totals.all(), "association"), totals.fail,
                           totals.inconclusive + totals.error, totals.pass);
}

}  // namespace

void sort_worst_first(RunReport& run) {
  std::stable_sort(run.scenarios.begin(), run.scenarios.end(),
                   [](const ScenarioReport& a, const ScenarioReport& b) {
                     return a.verdict != b.verdict ? b.verdict < a.verdict : a.start < b.start;
                   });
}

std::string render_capture(const RunReport& run, const ConsoleStyle& style) {
  std::string out = render_file(run, style);
  if (run.scenarios.empty()) {
    return out +
           "\n  No association and no EAPOL frame of any station is in this capture.\n"
           "  Capture on a monitor interface, on the access point's channel, before the station "
           "associates.\n";
  }
  for (const ScenarioReport& scenario : run.scenarios) {
    const bool first = &scenario == &run.scenarios.front();
    if (style.verbose || (first && (run.scenarios.size() == 1 || !passed(scenario)))) {
      out += "\n" + render_scenario(scenario, style);
    }
  }
  return out + render_table(run, style);
}

}  // namespace postassoc::report
