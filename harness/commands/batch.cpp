#include "harness/commands/batch.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/thread_pool.hpp>
#include <optional>
#include <utility>

#include "harness/evidence.h"

namespace postassoc {
namespace {

using nlohmann::json;

/// 8 hex digits that tell this run's payloads from all others.
Result<std::string> new_nonce(RandomSource random) {
  std::array<unsigned char, 4> octets{};
  if (auto filled = random.fill(octets); !filled) {
    return filled.error();
  }
  return to_hex(std::as_bytes(std::span(octets)));
}

std::string unique_slug(const std::string& slug, const std::vector<Planned>& planned) {
  const auto taken = [&](const std::string& candidate) {
    for (const Planned& other : planned) {
      const auto* plan = std::get_if<Plan>(&other);
      if (plan != nullptr && plan->slug == candidate) {
        return true;
      }
    }
    return false;
  };
  std::string candidate = slug;
  for (int n = 2; taken(candidate); ++n) {
    candidate = fmt::format("{}-{}", slug, n);
  }
  return candidate;
}

Result<> write_file(EvidenceDirectory& directory, std::string_view name,
                    const nlohmann::ordered_json& content) {
  return directory.append(name, as_bytes(content.dump(2) + "\n"));
}

}  // namespace

Result<std::vector<Planned>> plan_all(const std::vector<Scenario>& scenarios, const RigSpec& rig,
                                      const std::vector<std::string>& known_checks,
                                      std::optional<std::uint64_t> seed) {
  std::vector<Planned> planned;
  std::string faults;
  for (const Scenario& scenario : scenarios) {
    const auto nonce = new_nonce(RandomSource(seed, scenario.name + "/tag"));
    if (!nonce) {
      return nonce.error();
    }
    auto one = plan(scenario, rig, known_checks, *nonce);
    if (!one) {
      faults += (faults.empty() ? "" : "\n") + to_string(one.error());
      continue;
    }
    if (auto* made = std::get_if<Plan>(&*one)) {
      made->slug = unique_slug(made->slug, planned);
      made->seed = seed;
    }
    planned.push_back(std::move(*one));
  }
  if (!faults.empty()) {
    return Error{Fault::invalid_input, faults, {}};
  }
  return planned;
}

nlohmann::ordered_json run_plan_json(const std::vector<Planned>& planned,
                                     const std::optional<ScenarioSuite>& suite) {
  nlohmann::ordered_json document;
  document["format"] = 1;
  if (suite) {
    document["suite"] = {{"name", suite->name}, {"document", suite->document}};
  }
  document["scenarios"] = json::array();
  for (const Planned& one : planned) {
    nlohmann::ordered_json entry;
    if (const auto* plan = std::get_if<Plan>(&one)) {
      entry["name"] = plan->scenario.name;
      entry["slug"] = plan->slug;
    } else {
      entry["name"] = std::get<Skip>(one).scenario;
      entry["skip"] = std::get<Skip>(one).reason;
    }
    document["scenarios"].push_back(entry);
  }
  return document;
}

struct Batch::Loop {
  asio::io_context io{1};
  asio::signal_set signals{io, SIGINT, SIGTERM, SIGHUP};
  std::deque<asio::cancellation_signal> cancel;  ///< one a worker
  asio::thread_pool judge{1};
};

Batch::Batch(std::vector<Planned> planned, std::filesystem::path run_directory,
             std::vector<Worker> workers, Callbacks callbacks)
    : planned_(std::move(planned)),
      run_directory_(std::move(run_directory)),
      workers_(std::move(workers)),
      callbacks_(std::move(callbacks)),
      tells_(planned_.size()) {}

Result<EvidenceDirectory> Batch::prepare(const Plan& plan, Secrets& secrets) const {
  auto made =
      make_secrets(plan.scenario, RandomSource(plan.seed, plan.scenario.name + "/passphrase"));
  if (!made) {
    return made.error();
  }
  secrets = std::move(*made);
  auto directory = EvidenceDirectory::create(run_directory_ / plan.slug);
  if (!directory) {
    return directory.error();
  }
  for (const auto& [name, content] :
       {std::pair{evidence_file::kPlan, to_json(plan)},
        std::pair{evidence_file::kSecrets, nlohmann::ordered_json(to_json(secrets))}}) {
    const auto written = write_file(*directory, name, content);
    if (!written) {
      return written.error();
    }
  }
  return directory;
}

/// Until none is left. An Error ends this worker only.
Task<> Batch::take_scenarios(std::size_t worker) {
  Recording& recording = *workers_[worker].recording;
  while (next_ < planned_.size() && !ending_) {
    const std::size_t index = next_++;
    auto* planned = std::get_if<Plan>(&planned_[index]);
    if (planned == nullptr) {
      judge(index, std::nullopt);
      continue;
    }
    planned->rig = workers_[worker].rig;
    callbacks_.on_start(worker, *planned);
    Secrets secrets;
    auto directory = prepare(*planned, secrets);
    if (!directory) {
      co_return directory.error();
    }
    auto recorded = co_await recording.record(*planned, secrets, *directory);
    judge(index, recorded ? std::nullopt : std::optional(recorded.error()));
    if (!recorded && recorded.error().fault == Fault::rig_unavailable) {
      co_return recorded.error();  // it would not be there for the next one either
    }
  }
  co_return Result<>{};
}

Task<> Batch::work(std::size_t worker) {
  co_await asio::this_coro::throw_if_cancelled(false);
  Recording& recording = *workers_[worker].recording;
  auto done = co_await recording.start();
  if (!done) {
    co_return done.error();
  }
  done = co_await take_scenarios(worker);
  auto stopped = co_await recording.stop();
  co_return done ? stopped : done;
}

/// Judges on the thread for that, and comes back to tell.
void Batch::judge(std::size_t index, std::optional<Error> error) {
  ++judging_;
  asio::post(loop_->judge,
             [this, index, error = std::move(error), back = asio::make_work_guard(loop_->io)] {
               std::exception_ptr thrown;
               Tell tell;
               try {
                 tell = callbacks_.judge(planned_[index], error);
               } catch (...) {
                 thrown = std::current_exception();
               }
               asio::post(loop_->io, [this, index, thrown, tell = std::move(tell)] {
                 --judging_;
                 if (thrown) {
                   bug_ = bug_ ? bug_ : thrown;
                   end_early();
                 } else {
                   tells_[index] = tell;
                   tell_in_order();
                 }
                 close_when_done();
               });
             });
}

void Batch::tell_in_order() {
  for (; told_ < tells_.size() && tells_[told_]; ++told_) {
    (*tells_[told_])();
  }
}

/// Whatever is being recorded is torn down in order.
void Batch::end_early() {
  ending_ = true;
  for (asio::cancellation_signal& signal : loop_->cancel) {
    signal.emit(asio::cancellation_type::terminal);
  }
}

void Batch::worker_ended(std::size_t index, std::exception_ptr thrown, const Result<>& result) {
  --working_;
  if (thrown) {
    bug_ = bug_ ? bug_ : thrown;
    end_early();
  } else if (!result) {
    trouble_ = trouble_ ? Result<>(result.error()) : trouble_;
    if (!interrupted_ && working_ > 0) {
      callbacks_.on_lost(index, result.error());
    }
  }
  close_when_done();
}

void Batch::close_when_done() {
  if (working_ == 0 && judging_ == 0) {
    loop_->signals.cancel();
  }
}

Result<> Batch::run() {
  Loop loop;
  loop_ = &loop;
  const std::function<void()> listen = [&] {
    loop.signals.async_wait([&](const boost::system::error_code& error, int) {
      if (error) {
        return;
      }
      if (interrupted_) {
        _exit(
            kExitInterruptedAtOnce);  // children die with us, namespaces with their last descriptor
      }
      interrupted_ = true;
      end_early();
      listen();
    });
  };
  listen();
  working_ = workers_.size();
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    loop.cancel.emplace_back();
    asio::co_spawn(
        loop.io, work(i),
        asio::bind_cancellation_slot(loop.cancel.back().slot(),
                                     [this, i](std::exception_ptr thrown, const Result<>& ended) {
                                       worker_ended(i, thrown, ended);
                                     }));
  }
  loop.io.run();
  loop.judge.join();
  loop_ = nullptr;
  for (; told_ < tells_.size(); ++told_) {  // those after one that was never recorded
    if (tells_[told_]) {
      (*tells_[told_])();
    }
  }
  if (bug_) {
    std::rethrow_exception(bug_);
  }
  if (interrupted_) {
    return Error{Fault::interrupted, "interrupted", {}};
  }
  const bool others_did_it = workers_.size() > 1 && next_ == planned_.size();
  return others_did_it ? Result<>() : trouble_;
}

}  // namespace postassoc
