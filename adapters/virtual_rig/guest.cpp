#include "adapters/virtual_rig/guest.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "adapters/virtual_rig/channel.h"
#include "adapters/virtual_rig/guest_setup.h"
#include "adapters/virtual_rig/image.h"

namespace postassoc::virtual_rig {
namespace {

/// Trouble without a way to report it but the console.
[[noreturn]] void die(const std::string& what) {
  std::fprintf(stderr, "postassoc guest: %s\n", what.c_str());
  std::fflush(stderr);
  end_guest();
}

/// The guest's end of the channel. Writing waits only when the host has not taken the last 4 MB.
class Channel : public EvidenceWriter {
 public:
  Channel(asio::any_io_executor executor, int fd) : port_(executor, fd) {}

  Result<> append(std::string_view name, ByteView bytes) override {
    if (name.size() > 255) {
      return Error{Fault::lab, "the name is too long", std::string(name)};
    }
    do {
      const ByteView chunk = bytes.first(std::min(bytes.size(), kEvidenceChunk));
      send(FrameType::evidence, encode_evidence(name, chunk));
      bytes = bytes.subspan(chunk.size());
    } while (!bytes.empty());
    return Result<>{};
  }

  void send(FrameType type, ByteView payload) {
    const Bytes frame = encode(type, payload);
    for (std::size_t sent = 0; sent < frame.size();) {
      const auto size = ::write(port_.native_handle(), frame.data() + sent, frame.size() - sent);
      if (size > 0) {
        sent += static_cast<std::size_t>(size);
      } else if (size < 0 && errno != EAGAIN && errno != EINTR) {
        die(std::string("the channel is broken: ") + std::strerror(errno));
      } else {
        pollfd writable{port_.native_handle(), POLLOUT, 0};
        ::poll(&writable, 1, -1);
      }
    }
  }

  Task<Frame> receive() {
    for (;;) {
      auto next = reader_.next();
      if (!next) {
        co_return next.error();
      }
      if (*next) {
        co_return std::move(**next);
      }
      const auto [error, size] = co_await port_.async_read_some(asio::buffer(chunk_), kNoThrow);
      if (error == asio::error::eof || (!error && size == 0)) {
        // The port reads as ended while no host holds its other side.
        (void)co_await sleep_for(std::chrono::milliseconds(5));
      } else if (error) {
        co_return Error{Fault::lab, "the channel is broken: " + error.message(), {}};
      }
      reader_.feed(ByteView(chunk_).first(size));
    }
  }

 private:
  asio::posix::stream_descriptor port_;
  FrameReader reader_;
  std::array<std::byte, std::size_t{32} * 1024> chunk_;
};

/// Children of a job's children that lost their parent are ours. Only while no job runs: a job
/// waits for its own.
void reap_orphans() {
  while (::waitpid(-1, nullptr, WNOHANG) > 0) {
  }
}

class Agent {
 public:
  Agent(asio::io_context& context, int fd, Job job)
      : channel_(context.get_executor(), fd),
        executor_(context.get_executor()),
        job_(std::move(job)) {}

  Task<> serve() {
    channel_.send(FrameType::ready, as_bytes(describe_guest()));
    for (;;) {
      auto frame = co_await channel_.receive();
      if (!frame) {
        co_return frame.error();
      }
      if (auto taken = take(std::move(*frame)); !taken) {
        co_return taken.error();
      }
    }
  }

 private:
  Result<> take(Frame frame) {
    switch (frame.type) {
      case FrameType::sync: {
        const auto sync = decode_sync(frame.payload);
        if (!sync) {
          return sync.error();
        }
        if (auto applied = apply(*sync); !applied) {
          return applied.error();
        }
        channel_.send(FrameType::synced, {});
        return Result<>{};
      }
      case FrameType::job:
        return start(std::move(frame.payload));
      case FrameType::cancel:
        cancel_.emit(asio::cancellation_type::terminal);
        return Result<>{};
      case FrameType::ready:
      case FrameType::synced:
      case FrameType::evidence:
      case FrameType::progress:
      case FrameType::result:
      case FrameType::failure:
        break;
    }
    return Error{Fault::lab, "the host sent a frame that only a guest sends", {}};
  }

  Result<> start(Bytes job) {
    if (running_) {
      return Error{Fault::lab, "the host sent a job while another one runs", {}};
    }
    running_ = true;
    reap_orphans();
    const auto progress = [this](std::string_view line) {
      channel_.send(FrameType::progress, as_bytes(line));
    };
    asio::co_spawn(executor_, job_(std::move(job), channel_, progress),
                   asio::bind_cancellation_slot(
                       cancel_.slot(), [this](std::exception_ptr exception, Result<Bytes> result) {
                         finish(exception, std::move(result));
                       }));
    return Result<>{};
  }

  void finish(std::exception_ptr exception, Result<Bytes> result) {
    running_ = false;
    reap_orphans();
    if (exception) {
      channel_.send(FrameType::failure, encode_failure(explain(exception)));
    } else if (!result) {
      channel_.send(FrameType::failure, encode_failure({result.error()}));
    } else if (result->size() > kLongestPayload) {
      channel_.send(FrameType::failure,
                    encode_failure({{Fault::lab, "the job's result is too long", {}}}));
    } else {
      channel_.send(FrameType::result, *result);
    }
  }

  static Failure explain(const std::exception_ptr& exception) {
    try {
      std::rethrow_exception(exception);
    } catch (const boost::system::system_error& error) {
      if (error.code() == asio::error::operation_aborted) {
        return {{Fault::interrupted, "the job was cancelled", {}}};
      }
      return {{Fault::lab, error.what(), {}}, true};
    } catch (const std::exception& error) {
      return {{Fault::lab, error.what(), {}}, true};
    }
  }

  Channel channel_;
  asio::any_io_executor executor_;
  Job job_;
  asio::cancellation_signal cancel_;
  bool running_ = false;
};

}  // namespace

bool is_guest_init() {
  return ::getpid() == 1 && ::access(kGuestMarker, R_OK) == 0;
}

int guest_main(Job job, const std::function<void()>& prepare) {
  ::signal(SIGPIPE, SIG_IGN);
  if (auto done = set_up_guest(); !done) {
    die(to_string(done.error()));
  }
  if (prepare) {
    prepare();
  }
  const auto fd = open_channel();
  if (!fd) {
    die(to_string(fd.error()));
  }
  asio::io_context context(1);
  Agent agent(context, *fd, std::move(job));
  std::string why = "the agent ended";
  asio::co_spawn(context, agent.serve(), [&why](std::exception_ptr exception, Result<> result) {
    if (exception) {
      std::rethrow_exception(exception);
    }
    if (!result) {
      why = to_string(result.error());
    }
  });
  try {
    context.run();
  } catch (const std::exception& error) {
    why = error.what();
  }
  die(why);
}

}  // namespace postassoc::virtual_rig
