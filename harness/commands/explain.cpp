#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "harness/check_aliases.h"
#include "harness/checks/check.h"
#include "harness/commands/commands.h"
#include "harness/nearest_word.h"
#include "harness/report/exit_code.h"

namespace postassoc {
namespace {

using checks::Check;
using report::ConsoleStyle;
using report::Ink;

struct ExplainOptions {
  std::string id;
  bool json = false;
  bool markdown = false;
};

nlohmann::ordered_json check_json(const Check& check) {
  return {
      {"id", check.id},           {"rule", check.rule},   {"why", check.why},
      {"source", check.source},   {"needs", check.needs}, {"inconclusive", check.inconclusive},
      {"provoke", check.provoke}, {"gates", check.gates}, {"also_called", other_names(check.id)}};
}

/// The catalogue's text is ours, but may hold characters that an ASCII terminal lacks.
void print_paragraph(std::string_view title, std::string_view text, Context& context) {
  if (text.empty()) {
    return;
  }
  const ConsoleStyle style = context.out_style();
  context.out << "\n" << report::paint(title, Ink::cyan, style) << "\n";
  for (const std::string& line :
       report::wrapped(report::printable(text, style.charset), style.width - 2)) {
    context.out << "  " << line << "\n";
  }
}

std::string joined(const std::vector<std::string_view>& words) {
  std::string text;
  for (const std::string_view word : words) {
    text += (text.empty() ? "" : ", ") + std::string(word);
  }
  return text;
}

void print_check(const Check& check, Context& context) {
  context.out << report::paint(check.id, Ink::bold, context.out_style()) << "\n";
  print_paragraph("What must hold", check.rule, context);
  print_paragraph("Why it matters", check.why, context);
  print_paragraph("Source", check.source, context);
  print_paragraph("Evidence it needs", check.needs, context);
  print_paragraph("When it can't say", check.inconclusive, context);
  print_paragraph("How to provoke it", check.provoke, context);
  print_paragraph("Gates that must pass first", joined(check.gates), context);
  print_paragraph("Also called", joined(other_names(check.id)), context);
}

void print_table(Context& context) {
  const ConsoleStyle style = context.out_style();
  std::size_t width = 0;
  for (const Check& check : checks::all_checks()) {
    width = std::max(width, check.id.size() + 2);
  }
  for (const Check& check : checks::all_checks()) {
    std::string head = report::padded(check.id, width);
    for (const std::string& line :
         report::wrapped(report::printable(check.rule, style.charset), style.width - width)) {
      context.out << report::paint(head, Ink::bold, style) << line << "\n";
      head = std::string(width, ' ');
    }
  }
}

/// The document of all checks, as it is kept in harness/checks/CATALOGUE.md.
int print_catalogue(Context& context) {
  context.out << "# Catalogue of checks\n\n"
                 "Written by `postassoc explain --markdown`; a test holds it against the code. A "
                 "check marked *air* can be decided\nby an air capture alone.\n";
  std::string_view family;
  for (const Check& check : checks::all_checks()) {
    const std::string_view of = check.id.substr(0, check.id.find('.'));
    if (of != family) {
      context.out << "\n## " << of << "\n";
      family = of;
    }
    context.out << "\n### `" << check.id << "`" << (check.air_suffices ? " (air)" : "") << "\n\n"
                << check.rule << "\n\n";
    const auto row = [&](std::string_view title, std::string_view text) {
      if (!text.empty()) {
        context.out << "- " << title << ": " << text << "\n";
      }
    };
    row("Why", check.why);
    row("Source", check.source);
    row("Evidence", check.needs);
    row("Inconclusive when", check.inconclusive);
    row("Provoked by", check.provoke);
    row("Gates", joined(check.gates));
    row("Also called", joined(other_names(check.id)));
  }
  return report::kExitPassed;
}

int explain(const ExplainOptions& options, Context& context) {
  if (options.id.empty()) {
    return options.markdown ? print_catalogue(context) : list_checks(options.json, context);
  }
  const Check* check = checks::find_check(options.id);
  if (check == nullptr) {
    const auto ids = checks::check_ids();
    return report_error(
        context,
        {Fault::invalid_input,
         "there is no check \"" + options.id + "\"; " + suggestion(options.id, views_of(ids)), ""});
  }
  if (options.json) {
    context.out << check_json(*check).dump(2) << "\n";
  } else {
    print_check(*check, context);
  }
  return report::kExitPassed;
}

}  // namespace

int list_checks(bool as_json, Context& context) {
  if (!as_json) {
    print_table(context);
    return report::kExitPassed;
  }
  auto document = nlohmann::ordered_json::array();
  for (const Check& check : checks::all_checks()) {
    document.push_back(check_json(check));
  }
  context.out << document.dump(2) << "\n";
  return report::kExitPassed;
}

void add_explain(CLI::App& app, Context& context) {
  auto options = std::make_shared<ExplainOptions>();
  CLI::App* command =
      app.add_subcommand("explain", "Say what a check asserts, why, and when it can't say");
  command->add_option("check", options->id, "Id of a check; all are listed without")
      ->type_name("CHECK");
  command->add_flag("--json", options->json, "As JSON");
  command->add_flag("--markdown", options->markdown, "All of them as a document");
  command->footer(R"(Examples:
  postassoc explain
  postassoc explain key.no-reinstall-on-m3-retry)");
  command->callback([options, &context] { context.exit_code = explain(*options, context); });
}

}  // namespace postassoc
