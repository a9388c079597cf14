#include "harness/commands/outputs.h"

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "harness/report/json.h"
#include "harness/report/junit.h"

namespace postassoc {
namespace {

namespace fs = std::filesystem;

Result<> write_output(const std::string& file, const std::string& text, Context& context) {
  if (file == "-") {
    context.out << text;
    return {};
  }
  return file.empty() ? Result<>{} : write_text_file(file, text);
}

}  // namespace

void add_output_options(CLI::App& command, Outputs& outputs) {
  command.add_option("--json", outputs.json, "Write the report as JSON; - for standard output")
      ->type_name("FILE|-");
  command.add_option("--junit", outputs.junit, "Write the report as JUnit XML; - likewise")
      ->type_name("FILE|-");
}

Result<> write_outputs(const report::RunReport& run, const Outputs& outputs, Context& context) {
  if (auto written = write_output(outputs.json, report::report_json(run), context); !written) {
    return written;
  }
  return write_output(outputs.junit, report::junit_xml(run), context);
}

Result<> write_text_file(const fs::path& file, std::string_view text) {
  const fs::path fresh = file.string() + ".new";
  std::ofstream stream(fresh, std::ios::binary | std::ios::trunc);
  stream << text;
  stream.close();
  if (!stream) {
    const std::string why = std::strerror(errno);
    std::error_code ignored;
    fs::remove(fresh, ignored);
    return Error{Fault::lab, "can't be written: " + why, file.string()};
  }
  std::error_code error;
  fs::rename(fresh, file, error);
  if (error) {
    return Error{Fault::lab, "can't be written: " + error.message(), file.string()};
  }
  return {};
}

}  // namespace postassoc
