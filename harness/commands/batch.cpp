#include "harness/commands/batch.h"

#include <fmt/format.h>
#include <openssl/rand.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <optional>
#include <utility>

#include "harness/evidence.h"

namespace postassoc {
namespace {

using nlohmann::json;

/// 8 hex digits that tell this run's payloads from all others.
std::string new_nonce() {
  std::array<unsigned char, 4> octets{};
  RAND_bytes(octets.data(), static_cast<int>(octets.size()));
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

Result<std::vector<Planned>> plan_all(const std::vector<std::filesystem::path>& paths,
                                      const RigSpec& rig, const std::vector<Override>& overrides,
                                      const std::vector<std::string>& known_checks) {
  std::vector<Planned> planned;
  std::string faults;
  for (const std::filesystem::path& path : paths) {
    const auto files = find_scenarios(path);
    if (!files) {
      return files.error();
    }
    for (const std::filesystem::path& file : *files) {
      const auto scenarios = load_scenarios(file, {}, overrides, known_checks);
      if (!scenarios) {
        faults += (faults.empty() ? "" : "\n") + to_string(scenarios.error());
        continue;
      }
      for (const Scenario& scenario : *scenarios) {
        auto one = plan(scenario, rig, known_checks, new_nonce());
        if (!one) {
          faults += (faults.empty() ? "" : "\n") + to_string(one.error());
          continue;
        }
        if (auto* made = std::get_if<Plan>(&*one)) {
          made->slug = unique_slug(made->slug, planned);
        }
        planned.push_back(std::move(*one));
      }
    }
  }
  if (!faults.empty()) {
    return Error{Fault::invalid_input, faults, {}};
  }
  return planned;
}

nlohmann::ordered_json run_plan_json(const std::vector<Planned>& planned) {
  nlohmann::ordered_json document;
  document["format"] = 1;
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

Batch::Batch(std::vector<Planned> planned, std::filesystem::path run_directory,
             Recording& recording, OnScenario on_scenario)
    : planned_(std::move(planned)),
      run_directory_(std::move(run_directory)),
      recording_(recording),
      on_scenario_(std::move(on_scenario)) {}

Result<EvidenceDirectory> Batch::prepare(const Plan& plan, Secrets& secrets) const {
  auto made = make_secrets(plan.scenario);
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

Task<> Batch::record_all() {
  co_await asio::this_coro::throw_if_cancelled(false);
  Result<> first_trouble;
  auto started = co_await recording_.start();
  if (!started) {
    co_return started.error();
  }
  for (const Planned& one : planned_) {
    const auto* plan = std::get_if<Plan>(&one);
    if (plan == nullptr) {
      on_scenario_(one, std::nullopt);
      continue;
    }
    if (interrupted_) {
      break;
    }
    Secrets secrets;
    auto directory = prepare(*plan, secrets);
    if (!directory) {
      first_trouble = directory.error();
      break;
    }
    auto recorded = co_await recording_.record(*plan, secrets, *directory);
    on_scenario_(one, recorded ? std::nullopt : std::optional(recorded.error()));
    if (!recorded && recorded.error().fault == Fault::rig_unavailable) {
      first_trouble = recorded.error();  // it would not be there for the next one either
      break;
    }
  }
  auto stopped = co_await recording_.stop();
  if (first_trouble && !stopped) {
    first_trouble = stopped.error();
  }
  co_return first_trouble;
}

Result<> Batch::run() {
  asio::io_context io(1);
  asio::cancellation_signal cancel;
  asio::signal_set signals(io, SIGINT, SIGTERM, SIGHUP);
  const std::function<void()> listen = [&] {
    signals.async_wait([&](const boost::system::error_code& error, int) {
      if (error) {
        return;
      }
      if (interrupted_) {
        _exit(
            kExitInterruptedAtOnce);  // children die with us, namespaces with their last descriptor
      }
      interrupted_ = true;
      cancel.emit(asio::cancellation_type::terminal);
      listen();
    });
  };
  listen();
  std::exception_ptr bug;
  Result<> result;
  asio::co_spawn(
      io, record_all(),
      asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr thrown, Result<> ended) {
        bug = thrown;
        result = std::move(ended);
        signals.cancel();
      }));
  io.run();
  if (bug) {
    std::rethrow_exception(bug);
  }
  if (interrupted_ && result) {
    return Error{Fault::interrupted, "interrupted", {}};
  }
  return result;
}

}  // namespace postassoc
