#include "adapters/wpa_ctrl/control_socket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/datagram_protocol.hpp>
#include <cstdlib>

#include "harness/run/run_task.h"

namespace postassoc {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using Protocol = asio::local::datagram_protocol;

/// Answers as hostapd does: PING, ATTACH, ECHO text; SILENCE gets none, LATE gets one after 60 ms.
class FakeDaemon {
 public:
  FakeDaemon(asio::io_context& context, const std::filesystem::path& path)
      : socket_(context, Protocol::endpoint(path.string())), late_(context) {
    receive();
  }
  void send_event(std::string_view text) {
    for (const auto& peer : attached_) {
      boost::system::error_code ignored;
      socket_.send_to(asio::buffer(text), peer, 0, ignored);
    }
  }
  std::vector<std::string> requests;

 private:
  void receive() {
    socket_.async_receive_from(asio::buffer(buffer_), peer_, [this](auto error, auto size) {
      if (!error) {
        answer(std::string(buffer_.data(), size));
        receive();
      }
    });
  }
  void answer(const std::string& request) {
    requests.push_back(request);
    if (request == "PING") {
      reply("PONG\n");
    } else if (request == "ATTACH") {
      reply("OK\n");
      attached_.push_back(peer_);
    } else if (request.starts_with("ECHO ")) {
      reply(request.substr(5));
    } else if (request == "LATE") {
      late_.expires_after(milliseconds(60));
      late_.async_wait([this, peer = peer_](auto) {
        boost::system::error_code ignored;
        socket_.send_to(asio::buffer("TOO LATE\n", 9), peer, 0, ignored);
      });
    } else if (request != "SILENCE") {
      reply("UNKNOWN COMMAND\n");
    }
  }
  void reply(std::string_view text) {
    boost::system::error_code ignored;
    socket_.send_to(asio::buffer(text), peer_, 0, ignored);
  }

  Protocol::socket socket_;
  asio::steady_timer late_;
  Protocol::endpoint peer_;
  std::vector<Protocol::endpoint> attached_;
  std::array<char, 4096> buffer_{};
};

struct ControlSocketTest : testing::Test {
  ControlSocketTest() {
    std::string pattern = testing::TempDir() + "ctrl-XXXXXX";
    directory = mkdtemp(pattern.data());
    options.path = directory / "daemon";
    options.own_directory = directory;
    options.limit = milliseconds(500);
  }
  ~ControlSocketTest() override { std::filesystem::remove_all(directory); }

  std::unique_ptr<ControlSocket> open() {
    auto socket = run_task(context, ControlSocket::open(options));
    EXPECT_TRUE(socket) << to_string(socket.error());
    return std::move(*socket);
  }
  Result<std::string> request(ControlSocket& socket, std::string text,
                              milliseconds limit = milliseconds(500)) {
    return run_task(context, socket.request(std::move(text), limit));
  }
  std::size_t files() {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(directory), {}));
  }

  asio::io_context context;
  std::filesystem::path directory;
  ControlSocket::Options options;
};

TEST_F(ControlSocketTest, asks_and_gives_the_answer_without_its_line_feed) {
  FakeDaemon daemon(context, options.path);
  auto socket = open();
  EXPECT_EQ(request(*socket, "PING").value(), "PONG");
  EXPECT_EQ(request(*socket, "ECHO a\nb\n").value(), "a\nb");
  EXPECT_EQ(request(*socket, "ECHO ").value(), "");
}

TEST_F(ControlSocketTest, waits_until_the_daemon_is_there) {
  std::unique_ptr<FakeDaemon> daemon;
  asio::steady_timer timer(context, milliseconds(50));
  timer.async_wait([&](auto) { daemon = std::make_unique<FakeDaemon>(context, options.path); });
  EXPECT_NE(open(), nullptr);
  EXPECT_NE(daemon, nullptr);
}

TEST_F(ControlSocketTest, stops_waiting_when_the_daemon_is_dead) {
  options.limit = std::chrono::seconds(30);
  const auto dies = steady_clock::now() + milliseconds(30);
  options.alive = [=] { return steady_clock::now() < dies; };
  const auto socket = run_task(context, ControlSocket::open(options));
  ASSERT_FALSE(socket);
  EXPECT_THAT(to_string(socket.error()), testing::HasSubstr("ended before it could be controlled"));
  EXPECT_LT(steady_clock::now(), dies + std::chrono::seconds(5));
}

TEST_F(ControlSocketTest, says_what_is_wrong_when_the_daemon_never_comes) {
  options.limit = milliseconds(30);
  const auto socket = run_task(context, ControlSocket::open(options));
  ASSERT_FALSE(socket);
  EXPECT_EQ(socket.error().fault, Fault::timeout);
  EXPECT_THAT(to_string(socket.error()), testing::HasSubstr("No such file or directory"));
  EXPECT_EQ(files(), 0U);
}

TEST_F(ControlSocketTest, refuses_a_path_that_no_socket_can_have) {
  options.path = directory / std::string(200, 'x');
  const auto socket = run_task(context, ControlSocket::open(options));
  ASSERT_FALSE(socket);
  EXPECT_THAT(to_string(socket.error()), testing::HasSubstr("too long"));
}

TEST_F(ControlSocketTest, never_takes_a_late_answer_for_that_of_the_next_request) {
  FakeDaemon daemon(context, options.path);
  auto socket = open();
  const auto late = request(*socket, "LATE and secret", milliseconds(20));
  ASSERT_TRUE(late);  // has arguments, so the fake does not know it
  EXPECT_EQ(*late, "UNKNOWN COMMAND");
  const auto none = request(*socket, "LATE", milliseconds(20));
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().fault, Fault::timeout);
  ASSERT_TRUE(run_task(context, sleep_for(milliseconds(60))));
  EXPECT_EQ(request(*socket, "PING").value(), "PONG");
}

TEST_F(ControlSocketTest, an_error_never_shows_the_arguments_of_a_command) {
  FakeDaemon daemon(context, options.path);
  auto socket = open();
  const auto answer =
      run_task(context, socket->command("SET_NETWORK 0 psk 0123secret", milliseconds(100)));
  ASSERT_FALSE(answer);
  EXPECT_THAT(to_string(answer.error()), testing::HasSubstr("SET_NETWORK"));
  EXPECT_THAT(to_string(answer.error()), testing::HasSubstr("UNKNOWN COMMAND"));
  EXPECT_THAT(to_string(answer.error()), testing::Not(testing::HasSubstr("secret")));
}

TEST_F(ControlSocketTest, gives_events_with_the_time_of_receipt) {
  FakeDaemon daemon(context, options.path);
  auto socket = open();
  std::vector<std::pair<Timestamp, ControlEvent>> events;
  const auto take = [&](Timestamp time, ControlEvent event) { events.emplace_back(time, event); };
  ASSERT_TRUE(run_task(context, socket->attach(take, milliseconds(500))));
  const auto before = monotonic_now();
  daemon.send_event("<3>AP-STA-CONNECTED 02:00:00:00:01:00");
  daemon.send_event("no level: not an event");
  daemon.send_event("");
  daemon.send_event("<3>" + std::string(4090, 'x'));
  ASSERT_TRUE(run_task(context, sleep_for(milliseconds(20))));
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].second.name, "AP-STA-CONNECTED");
  EXPECT_GE(events[0].first, before);
  EXPECT_LE(events[0].first, monotonic_now());
  EXPECT_EQ(events[1].second.name, "message");
}

TEST_F(ControlSocketTest, hands_over_what_is_buffered_before_it_closes) {
  FakeDaemon daemon(context, options.path);
  auto socket = open();
  int events = 0;
  ASSERT_TRUE(run_task(
      context, socket->attach([&](Timestamp, ControlEvent) { ++events; }, milliseconds(500))));
  daemon.send_event("<3>CTRL-EVENT-TERMINATING ");
  socket->take_buffered_events();
  EXPECT_EQ(events, 1);
  socket->close();
  daemon.send_event("<3>CTRL-EVENT-TERMINATING ");
  ASSERT_TRUE(run_task(context, sleep_for(milliseconds(10))));
  EXPECT_EQ(events, 1);
  EXPECT_EQ(files(), 1U);  // the daemon's own
}

TEST_F(ControlSocketTest, close_ends_a_request_that_waits) {
  FakeDaemon daemon(context, options.path);
  auto socket = open();
  asio::steady_timer timer(context, milliseconds(20));
  timer.async_wait([&](auto) { socket->close(); });
  const auto begin = steady_clock::now();
  const auto answer = request(*socket, "SILENCE", std::chrono::seconds(30));
  EXPECT_FALSE(answer);
  EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds(5));
  EXPECT_FALSE(request(*socket, "PING"));
}

TEST_F(ControlSocketTest, is_an_error_when_the_daemon_has_gone) {
  auto daemon = std::make_unique<FakeDaemon>(context, options.path);
  auto socket = open();
  daemon.reset();
  const auto answer = request(*socket, "PING");
  ASSERT_FALSE(answer);
  EXPECT_THAT(to_string(answer.error()), testing::HasSubstr("Connection refused"));
}

TEST_F(ControlSocketTest, leaves_no_file_behind) {
  FakeDaemon daemon(context, options.path);
  {
    auto socket = open();
    ASSERT_TRUE(
        run_task(context, socket->attach([](Timestamp, ControlEvent) {}, milliseconds(500))));
    EXPECT_EQ(files(), 2U);
  }
  EXPECT_EQ(files(), 1U);
}

}  // namespace
}  // namespace postassoc
