#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "harness/commands/context.h"
#include "harness/report/model.h"
#include "harness/result.h"

namespace postassoc {

/// Where else a report goes: files, or "-" for the standard output instead of the console report.
struct Outputs {
  std::string json;
  std::string junit;
  bool takes_standard_output() const { return json == "-" || junit == "-"; }
};

/// --json FILE|- and --junit FILE|-.
void add_output_options(CLI::App& command, Outputs& outputs);
Result<> write_outputs(const report::RunReport& run, const Outputs& outputs, Context& context);

/// Replaces the file as a whole or leaves it as it was; an Error names it and says why.
Result<> write_text_file(const std::filesystem::path& file, std::string_view text);

}  // namespace postassoc
