#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "adapters/process/process.h"

/// What tests share that run the program as a person would, on the virtual rig.
namespace postassoc {

using namespace std::chrono_literals;
using nlohmann::json;
namespace fs = std::filesystem;

struct Ended {
  int code = -1;
  std::string output;
};

/// Runs a program to its end; `meanwhile` sees each line as it comes.
inline Ended run_program(std::vector<std::string> argv,
                         const std::function<void(Process&, std::string_view)>& meanwhile = {}) {
  asio::io_context io(1);
  Ended ended;
  std::optional<Process> process;
  auto started = Process::start(io.get_executor(),
                                {.argv = std::move(argv), .on_line = [&](std::string_view line) {
                                   ended.output.append(line).append("\n");
                                   if (meanwhile && process) {
                                     meanwhile(*process, line);
                                   }
                                 }});
  if (!started) {
    ended.output = to_string(started.error());
    return ended;
  }
  process.emplace(std::move(*started));
  asio::co_spawn(io, process->wait(),
                 [&](std::exception_ptr, Result<int> code) { ended.code = code ? *code : -1; });
  io.run();
  return ended;
}

inline std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

inline json read_json(const fs::path& path) {
  return json::parse(read_file(path), nullptr, false);
}

inline const fs::path kSource = POSTASSOC_SOURCE_DIR;

class EndToEnd : public testing::Test {
 protected:
  void SetUp() override {
    if (!find_program("qemu-system-x86_64")) {
      GTEST_SKIP() << "qemu-system-x86_64 is missing: apt-get install qemu-system-x86";
    }
    std::string pattern = (fs::temp_directory_path() / "postassoc-e2e-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    out_ = pattern;
  }
  void TearDown() override {
    if (!HasFailure() && !out_.empty()) {
      fs::remove_all(out_);
    }
  }

  Ended postassoc(std::vector<std::string> arguments,
                  const std::function<void(Process&, std::string_view)>& meanwhile = {}) const {
    arguments.insert(arguments.begin(), POSTASSOC_PROGRAM);
    return run_program(std::move(arguments), meanwhile);
  }
  Ended run(std::vector<std::string> arguments,
            const std::function<void(Process&, std::string_view)>& meanwhile = {}) const {
    arguments.insert(arguments.begin(), {"run", "--out", out_.string()});
    return postassoc(std::move(arguments), meanwhile);
  }
  fs::path write_scenario(const std::string& name, const json& document) const {
    const fs::path file = out_ / name;
    std::ofstream(file) << document.dump(2);
    return file;
  }
  fs::path evidence(const std::string& slug) const { return out_ / "latest" / slug; }
  static json finding(const fs::path& evidence, const std::string& check) {
    const json findings = read_json(evidence / "findings.json");
    for (const json& one : findings["findings"]) {
      if (one["check"] == check) {
        return one;
      }
    }
    return json::object();
  }
  /// The processes whose parent this one is.
  static std::vector<int> children_of(int pid) {
    std::vector<int> children;
    for (const auto& entry : fs::directory_iterator("/proc")) {
      const std::string status = read_file(entry.path() / "stat");
      const auto after_name = status.rfind(") ");
      if (after_name == std::string::npos) {
        continue;
      }
      std::istringstream fields(status.substr(after_name + 2));
      char state = 0;
      int parent = 0;
      if (fields >> state >> parent && parent == pid) {
        children.push_back(std::stoi(entry.path().filename()));
      }
    }
    return children;
  }
  /// Those that are still there some time after the harness has ended.
  static std::vector<int> left_of(const std::vector<int>& pids) {
    std::vector<int> left;
    for (int tries = 0; tries < 100; ++tries) {
      left.clear();
      std::copy_if(pids.begin(), pids.end(), std::back_inserter(left),
                   [](int pid) { return fs::exists("/proc/" + std::to_string(pid) + "/exe"); });
      if (left.empty()) {
        break;
      }
      usleep(20000);
    }
    return left;
  }

  fs::path out_;
};

inline std::string connect_scenario() {
  return (kSource / "scenarios/wpa2-psk/connect.json").string();
}

}  // namespace postassoc
