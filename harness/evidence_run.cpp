#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <fstream>
#include <random>

#include "harness/evidence.h"

namespace postassoc {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::string run_name() {
  std::random_device random;
  return fmt::format("{:%Y%m%dT%H%M%SZ}-{:04x}", fmt::gmtime(std::time(nullptr)),
                     random() & 0xffffU);
}

/// A link cannot be replaced in place, but another can be moved over it in one step.
Result<> point_latest_at(const fs::path& runs, const std::string& name) {
  const fs::path latest = runs / "latest";
  const fs::path fresh = runs / (".latest-" + name);
  std::error_code error;
  fs::create_directory_symlink(name, fresh, error);
  if (!error) {
    fs::rename(fresh, latest, error);
  }
  if (!error) {
    return {};
  }
  std::error_code ignored;
  fs::remove(fresh, ignored);
  return Error{Fault::lab, "can't make the link to the newest run: " + error.message(),
               latest.string()};
}

/// The run's own plan.json, of a folder that is no scenario's.
json run_plan(const fs::path& run) {
  std::ifstream file(run / evidence_file::kPlan);
  return json::parse(file, nullptr, false);
}

bool is_scenario(const fs::path& directory) {
  std::error_code error;
  return fs::is_regular_file(directory / evidence_file::kPlan, error);
}

std::vector<std::string> planned_slugs(const json& plan) {
  std::vector<std::string> slugs;
  if (!plan.is_object() || !plan.contains("scenarios") || !plan["scenarios"].is_array()) {
    return slugs;
  }
  for (const json& scenario : plan["scenarios"]) {
    if (!scenario.is_object() || !scenario.contains("slug") || !scenario["slug"].is_string()) {
      continue;
    }
    const auto slug = scenario["slug"].get<std::string>();
    const bool plain = !slug.empty() && slug.find('/') == std::string::npos && slug != "..";
    if (plain && std::find(slugs.begin(), slugs.end(), slug) == slugs.end()) {
      slugs.push_back(slug);
    }
  }
  return slugs;
}

Result<std::vector<std::string>> folders_with_a_plan(const fs::path& run) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(run, error), end; !error && it != end; it.increment(error)) {
    if (is_scenario(it->path())) {
      names.push_back(it->path().filename().string());
    }
  }
  if (error) {
    return Error{Fault::invalid_input, "can't read the folder: " + error.message(), run.string()};
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

Result<fs::path> create_run_directory(const fs::path& runs) {
  constexpr int kTries = 16;
  std::error_code error;
  fs::create_directories(runs, error);
  if (error) {
    return Error{Fault::lab, "can't create the folder: " + error.message(), runs.string()};
  }
  for (int i = 0; i < kTries; ++i) {
    const std::string name = run_name();
    const fs::path path = runs / name;
    if (!fs::create_directory(path, error) && !error) {
      continue;  // somebody else's run of this second
    }
    if (error) {
      return Error{Fault::lab, "can't create the folder: " + error.message(), path.string()};
    }
    if (auto linked = point_latest_at(runs, name); !linked) {
      return linked.error();
    }
    return path;
  }
  return Error{Fault::lab, "found no free name for a run", runs.string()};
}

Result<std::vector<fs::path>> scenario_directories(const fs::path& run) {
  const json plan = run_plan(run);
  if (is_scenario(run) && !(plan.is_object() && plan.contains("scenarios"))) {
    return std::vector<fs::path>{run};
  }
  auto found = folders_with_a_plan(run);
  if (!found) {
    return found.error();
  }
  std::vector<fs::path> ordered;
  const auto take = [&](const std::string& name) {
    const auto it = std::find(found->begin(), found->end(), name);
    if (it != found->end()) {
      ordered.push_back(run / name);
      found->erase(it);
    }
  };
  for (const std::string& slug : planned_slugs(plan)) {
    take(slug);
  }
  while (!found->empty()) {
    take(std::string(found->front()));
  }
  if (ordered.empty()) {
    return Error{Fault::invalid_input, "holds no scenario's evidence (no folder with a plan.json)",
                 run.string()};
  }
  return ordered;
}

}  // namespace postassoc
