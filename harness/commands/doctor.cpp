#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "harness/commands/commands.h"
#include "harness/commands/host_inspection.h"
#include "harness/report/exit_code.h"

namespace postassoc {
namespace {

using report::Ink;
using State = HostItem::State;

struct DoctorOptions {
  std::string rig;
  bool json = false;
};

Ink ink_of(State state) {
  switch (state) {
    case State::ok:
      return Ink::green;
    case State::warning:
      return Ink::yellow;
    case State::missing:
      return Ink::red;
  }
  return Ink::plain;
}

bool ready(const std::vector<HostItem>& items) {
  return std::none_of(items.begin(), items.end(),
                      [](const HostItem& item) { return item.state == State::missing; });
}

void print_item(const HostItem& item, std::size_t width, Context& context) {
  const report::ConsoleStyle style = context.out_style();
  const std::size_t left = 9 + width;
  std::string name = report::padded(report::printable(item.name, style.charset), width);
  std::string state =
      report::paint(report::padded(to_string(item.state), 9), ink_of(item.state), style);
  for (const std::string& line :
       report::wrapped(report::printable(item.detail, style.charset), style.width - left)) {
    context.out << state << name << line << "\n";
    state = std::string(9, ' ');
    name = std::string(width, ' ');
  }
  if (!item.mend.empty()) {
    context.out << std::string(left, ' ') << report::paint("mend: ", Ink::dim, style)
                << report::printable(item.mend, style.charset) << "\n";
  }
}

void print_items(const RigSpec& rig, const std::vector<HostItem>& items, Context& context) {
  const report::ConsoleStyle style = context.out_style();
  std::size_t width = 0;
  for (const HostItem& item : items) {
    width = std::max(width, report::columns(item.name) + 2);
  }
  for (const HostItem& item : items) {
    if (!context.quiet || item.state != State::ok) {
      print_item(item, width, context);
    }
  }
  const bool good = ready(items);
  context.out << (context.quiet ? "" : "\n")
              << report::paint(
                     fmt::format("rig {} {}", report::printable(rig.id, style.charset),
                                 good ? "can run here" : "can't run here: see what is missing"),
                     good ? Ink::green : Ink::red, style)
              << "\n";
}

void print_json(const RigSpec& rig, const std::vector<HostItem>& items, Context& context) {
  auto list = nlohmann::ordered_json::array();
  for (const HostItem& item : items) {
    list.push_back({{"name", item.name},
                    {"state", to_string(item.state)},
                    {"detail", item.detail},
                    {"mend", item.mend}});
  }
  const nlohmann::ordered_json document = {
      {"format", 1}, {"rig", rig.id}, {"ready", ready(items)}, {"items", std::move(list)}};
  context.out << document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace)
              << "\n";
}

int doctor(const DoctorOptions& options, Context& context) {
  const auto rig = rig_named(options.rig);
  if (!rig) {
    return report_error(context, rig.error());
  }
  const auto items = inspect_host(*rig);
  if (options.json) {
    print_json(*rig, items, context);
  } else {
    print_items(*rig, items, context);
  }
  return ready(items) ? report::kExitPassed : report::kExitRigUnavailable;
}

}  // namespace

void add_doctor(CLI::App& app, Context& context) {
  auto options = std::make_shared<DoctorOptions>();
  CLI::App* command =
      app.add_subcommand("doctor", "Say what this host can do, and what mends the rest");
  add_rig_option(*command, options->rig);
  command->add_flag("--json", options->json, "As JSON");
  command->footer(R"(Exit code 0 when the rig can run here, 69 when something is missing.

Examples:
  postassoc doctor
  sudo postassoc doctor --rig my-rig.json)");
  command->callback([options, &context] { context.exit_code = doctor(*options, context); });
}

}  // namespace postassoc
