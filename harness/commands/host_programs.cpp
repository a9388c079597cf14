#include <fmt/format.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <optional>

#include "adapters/process/process.h"
#include "harness/commands/host_inspection.h"

namespace postassoc {
namespace {

namespace fs = std::filesystem;
using State = HostItem::State;

/// Runs a program to its end and keeps the first line that holds `word`.
Task<std::string> version_line(asio::any_io_executor executor, std::vector<std::string> argv,
                               std::string_view word) {
  std::string line;
  ProcessOptions options;
  options.argv = std::move(argv);
  options.on_line = [&line, word](std::string_view text) {
    if (line.empty() && text.find(word) != std::string_view::npos) {
      line = text;
    }
  };
  auto process = Process::start(executor, std::move(options));
  if (!process) {
    co_return process.error();
  }
  auto ended = co_await with_deadline(process->wait(), std::chrono::seconds(5), "version");
  if (!ended) {
    co_return ended.error();
  }
  co_return line;
}

std::string version_of(const std::vector<std::string>& argv, std::string_view word) {
  asio::io_context io(1);
  std::string line;
  asio::co_spawn(io, version_line(io.get_executor(), argv, word),
                 [&line](std::exception_ptr exception, Result<std::string> result) {
                   if (!exception && result) {
                     line = *result;
                   }
                 });
  io.run();
  return line;
}

}  // namespace

std::string_view to_string(HostItem::State state) {
  switch (state) {
    case State::ok:
      return "ok";
    case State::warning:
      return "warning";
    case State::missing:
      return "missing";
  }
  return "?";
}

HostItem inspect_program(const std::vector<std::string>& argv, std::string_view word,
                         const std::string& package) {
  const auto path = find_program(argv.front());
  if (!path) {
    return {argv.front(), State::missing, "not found in PATH", "sudo apt-get install " + package};
  }
  const std::string version = argv.size() > 1 ? version_of(argv, word) : "";
  return {argv.front(), State::ok, version.empty() ? *path : version, ""};
}

HostItem inspect_folder(const fs::path& folder, std::uintmax_t megabytes) {
  std::error_code error;
  fs::path existing = fs::absolute(folder, error);
  while (!fs::exists(existing, error) && existing.has_relative_path()) {
    existing = existing.parent_path();
  }
  if (::access(existing.c_str(), W_OK | X_OK) != 0) {
    return {"cache folder", State::missing, existing.string() + " can't be written to",
            "export POSTASSOC_CACHE=/a/folder/of/yours"};
  }
  const auto space = fs::space(existing, error);
  const std::uintmax_t free = error ? 0 : space.available >> 20U;
  const std::string detail = fmt::format("{}, {} MB free", folder.string(), free);
  if (free < megabytes) {
    return {"cache folder", State::missing, fmt::format("{}; {} MB are needed", detail, megabytes),
            "export POSTASSOC_CACHE=/a/folder/with/space"};
  }
  return {"cache folder", State::ok, detail, ""};
}

}  // namespace postassoc
