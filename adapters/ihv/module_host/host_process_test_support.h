#pragma once

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace postassoc::module_host {

using Json = nlohmann::json;

/// The real program on a pair of pipes, and the station's side of the protocol. Everything that it
/// says is kept in `lines`, in order. Killed by its pid when the test ends.
class HostProcess {
 public:
  /// Answers a question of the host; nothing: no answer at all.
  std::function<std::optional<std::uint32_t>(const Json& question)> on_ask = [](const Json&) {
    return std::optional<std::uint32_t>(0);
  };
  /// Completes each packet as soon as it was accepted.
  bool completes_sends = true;
  std::vector<Json> lines;

  HostProcess() {
    int to_host[2];
    int from_host[2];
    if (pipe(to_host) != 0 || pipe(from_host) != 0) {
      return;
    }
    pid_ = fork();
    if (pid_ == 0) {
      dup2(to_host[0], 0);
      dup2(from_host[1], 1);
      for (const int descriptor : {to_host[0], to_host[1], from_host[0], from_host[1]}) {
        close(descriptor);
      }
      setenv("ASAN_OPTIONS", "handle_segv=0", 1);  // a crash is to end it as it ends any program
      execl(POSTASSOC_MODULE_HOST, POSTASSOC_MODULE_HOST, nullptr);
      _exit(127);
    }
    close(to_host[0]);
    close(from_host[1]);
    input_ = to_host[1];
    output_ = from_host[0];
  }
  HostProcess(const HostProcess&) = delete;
  HostProcess& operator=(const HostProcess&) = delete;
  ~HostProcess() {
    if (!ended_) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    close(input_);
    close(output_);
  }

  void send(const Json& line) {
    const std::string text = line.dump() + '\n';
    if (write(input_, text.data(), text.size()) < 0) {
      closed_ = true;
    }
  }

  /// Makes the host do something and waits until it is done; null when that took over 5 s.
  Json command(const std::string& word, Json members = Json::object()) {
    const std::uint64_t id = ++last_id_;
    members["id"] = id;
    members["do"] = word;
    send(members);
    return wait_for([id](const Json& line) { return line.value("done", Json()) == id; });
  }

  /// The first line from `from` on that fits; null after the limit or at the end of output.
  Json wait_for(const std::function<bool(const Json&)>& fits, std::size_t from = 0,
                std::chrono::milliseconds limit = std::chrono::seconds(5)) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    for (std::size_t next = from;; ++next) {
      while (next >= lines.size()) {
        if (!read_more(deadline)) {
          return nullptr;
        }
      }
      if (fits(lines[next])) {
        return lines[next];
      }
    }
  }

  /// Takes in what the host says for this long.
  void listen(std::chrono::milliseconds time) {
    wait_for([](const Json&) { return false; }, lines.size(), time);
  }

  /// Records of one event, optionally of one function.
  std::vector<Json> records(const std::string& event, const std::string& function = "") const {
    std::vector<Json> found;
    for (const Json& line : lines) {
      const Json record = line.value("record", Json::object());
      if (record.value("event", "") == event &&
          (function.empty() || record.value("function", "") == function)) {
        found.push_back(record);
      }
    }
    return found;
  }

  /// Waits for a record; null when there is none.
  Json wait_for_record(const std::string& event, const std::string& function = "",
                       std::chrono::milliseconds limit = std::chrono::seconds(5)) {
    const Json line = wait_for(
        [&](const Json& one) {
          const Json record = one.value("record", Json::object());
          return record.value("event", "") == event &&
                 (function.empty() || record.value("function", "") == function);
        },
        0, limit);
    return line.is_null() ? line : line["record"];
  }

  /// Questions of a kind.
  std::vector<Json> asked(const std::string& what) const {
    std::vector<Json> found;
    for (const Json& line : lines) {
      if (line.value("what", "") == what) {
        found.push_back(line);
      }
    }
    return found;
  }

  /// Waits for the end: the exit code, 128 + signal, or -1 after the limit.
  int wait_for_end(std::chrono::milliseconds limit = std::chrono::seconds(3)) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (read_more(deadline)) {
    }
    int status = 0;
    while (waitpid(pid_, &status, WNOHANG) == 0) {
      if (std::chrono::steady_clock::now() > deadline) {
        return -1;
      }
      usleep(2000);
    }
    ended_ = true;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }

  void end_input() {
    close(input_);
    input_ = -1;
  }

 private:
  /// Whether something came before the deadline.
  bool read_more(std::chrono::steady_clock::time_point deadline) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    pollfd waiting{output_, POLLIN, 0};
    char buffer[65'536];
    if (left.count() <= 0 || closed_ || poll(&waiting, 1, static_cast<int>(left.count())) <= 0) {
      return false;
    }
    const ssize_t length = read(output_, buffer, sizeof(buffer));
    closed_ = length <= 0;
    rest_.append(buffer, closed_ ? 0 : static_cast<std::size_t>(length));
    for (std::size_t end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n')) {
      take_line(Json::parse(rest_.substr(0, end)));
      rest_.erase(0, end + 1);
    }
    return !closed_;
  }

  void take_line(Json line) {
    lines.push_back(line);
    if (!line.contains("ask")) {
      return;
    }
    const auto error = on_ask(line);
    if (!error) {
      return;
    }
    send({{"answer", line["ask"]}, {"error", *error}});
    if (line["what"] == "SendPacket" && *error == 0 && completes_sends) {
      send({{"id", ++last_id_}, {"do", "SendPacketCompletion"}, {"send", line["send"]}});
    }
  }

  pid_t pid_ = -1;
  int input_ = -1;
  int output_ = -1;
  bool closed_ = false;
  bool ended_ = false;
  std::string rest_;
  std::uint64_t last_id_ = 0;
};

}  // namespace postassoc::module_host
