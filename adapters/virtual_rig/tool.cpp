#include "adapters/virtual_rig/tool.h"

#include "adapters/process/process.h"

namespace postassoc::virtual_rig {
namespace {

std::string last_lines(const std::string& text) {
  std::size_t begin = text.size();
  for (int lines = 0; lines < 4 && begin > 0; ++lines) {
    const auto at = text.rfind('\n', begin - 1);
    begin = at == std::string::npos ? 0 : at;
  }
  return text.substr(begin);
}

}  // namespace

Task<std::string> run_command(std::vector<std::string> argv) {
  std::string output;
  ProcessOptions options;
  options.argv = argv;
  options.on_line = [&output](std::string_view line) { (output += line) += '\n'; };
  auto process = Process::start(co_await asio::this_coro::executor, std::move(options));
  if (!process) {
    co_return process.error();
  }
  const auto code = co_await process->wait();
  if (!code) {
    co_return code.error();
  }
  if (*code != 0) {
    std::string command;
    for (const std::string& argument : argv) {
      (command += command.empty() ? "" : " ") += argument;
    }
    co_return Error{Fault::rig_unavailable,
                    "exit code " + std::to_string(*code) + ": " + last_lines(output), command};
  }
  co_return output;
}

}  // namespace postassoc::virtual_rig
