#include <sys/utsname.h>

#include <boost/asio/cancellation_type.hpp>
#include <optional>
#include <utility>

#include "harness/commands/lab_rig.h"
#include "harness/commands/recording.h"
#include "harness/evidence.h"
#include "harness/run/runner.h"

namespace postassoc {
namespace {

Result<> write_environment(EvidenceWriter& evidence, nlohmann::json environment) {
  utsname system{};
  uname(&system);
  environment["kernel"] = std::string(system.release);
  return evidence.append(evidence_file::kEnvironment, as_bytes(environment.dump(2) + "\n"));
}

}  // namespace

Task<> record_here(const Plan& plan, const Secrets& secrets, EvidenceWriter& evidence,
                   std::function<void(std::string_view)> progress, nlohmann::json environment) {
  co_await asio::this_coro::throw_if_cancelled(false);
  const auto executor = co_await asio::this_coro::executor;
  auto written = write_environment(evidence, std::move(environment));
  if (!written) {
    co_return written.error();
  }
  LabRigFactory factory;
  Recorder recorder(executor, plan, secrets, factory, evidence, std::move(progress));
  asio::steady_timer ended(executor, asio::steady_timer::time_point::max());
  std::optional<Result<>> result;
  std::exception_ptr bug;
  asio::co_spawn(executor, recorder.record(), [&](std::exception_ptr thrown, Result<> recorded) {
    bug = thrown;
    result = std::move(recorded);
    ended.cancel();
  });
  while (!result) {
    co_await ended.async_wait(kNoThrow);
    const auto state = co_await asio::this_coro::cancellation_state;
    if (!result && state.cancelled() != asio::cancellation_type::none) {
      recorder.interrupt();
      co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    }
  }
  if (bug) {
    std::rethrow_exception(bug);
  }
  co_return std::move(*result);
}

}  // namespace postassoc
