#include "harness/commands/module_files.h"

#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "adapters/ihv/ihv_station.h"
#include "adapters/process/process.h"
#include "adapters/virtual_rig/tool.h"

namespace postassoc {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kHost = "postassoc-ihv-host";
constexpr const char* kLoader = "/lib64/ld-linux-x86-64.so.2";
constexpr std::size_t kMostFiles = 64;

/// The shared libraries that the dynamic loader would load for `program`.
Task<std::set<fs::path>> libraries_of(fs::path program) {
  const auto listed = co_await virtual_rig::run_tool(kLoader, "--list", program.string());
  if (!listed) {
    co_return listed.error();
  }
  std::set<fs::path> found;
  std::istringstream lines(*listed);
  for (std::string word; lines >> word;) {
    if (word.starts_with('/')) {
      found.emplace(word);
    }
  }
  co_return found;
}

Result<Bytes> read_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream content;
  content << in.rdbuf();
  if (!in) {
    return Error{Fault::invalid_input, "it cannot be read", file.string()};
  }
  const std::string text = std::move(content).str();
  const ByteView bytes = as_bytes(text);
  return Bytes(bytes.begin(), bytes.end());
}

/// Without what only a debugger reads; as it is where `strip` is missing or does not know it.
Task<CarriedFile> carried(fs::path file, fs::path scratch) {
  fs::path content = file;
  const fs::path copy = scratch / file.filename();
  if (find_program("strip")) {
    const auto stripped =
        co_await virtual_rig::run_tool("strip", "-o", copy.string(), file.string());
    if (stripped) {
      content = copy;
    }
  }
  auto bytes = read_file(content);
  if (!bytes) {
    co_return bytes.error();
  }
  co_return CarriedFile{file.filename().string(), std::move(*bytes)};
}

/// The module first, then its host, then libraries.
Task<std::vector<fs::path>> paths_of_module(Plan plan) {
  const auto module = find_module(plan.scenario.station.module, shipped_folder());
  if (!module) {
    co_return Error{Fault::lab, module.error().what, module.error().where};
  }
  const fs::path host = module_host_program(plan.rig);
  if (!fs::exists(host)) {
    co_return Error{Fault::rig_unavailable, "the program that hosts modules is missing",
                    host.string()};
  }
  std::vector<fs::path> paths = {*module, host};
  const auto known = co_await libraries_of("/proc/self/exe");
  const std::vector<fs::path> programs = paths;
  for (const fs::path& file : programs) {
    // What is no ELF file has no libraries to list; its host will say what it is.
    auto needed = co_await libraries_of(file);
    for (const fs::path& library : needed ? *needed : std::set<fs::path>()) {
      if (known && !known->contains(library) && library != fs::path(kLoader) &&
          std::find(paths.begin(), paths.end(), library) == paths.end()) {
        paths.push_back(library);
      }
    }
  }
  co_return paths;
}

bool is_file_name(const std::string& name) {
  return !name.empty() && name.size() < 200 && name.front() != '.' && name.find('/') == name.npos;
}

}  // namespace

fs::path module_host_program(const RigSpec& rig) {
  const auto program = rig.programs.find(kHost);
  return program != rig.programs.end() && program->second.path ? *program->second.path
                                                               : shipped_folder() / kHost;
}

Task<std::vector<CarriedFile>> files_of_module(const Plan& plan) {
  std::vector<CarriedFile> files;
  if (plan.scenario.station.module.empty()) {
    co_return files;
  }
  const auto paths = co_await paths_of_module(plan);
  if (!paths) {
    co_return paths.error();
  }
  std::string pattern = (fs::temp_directory_path() / "postassoc-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) {
    co_return Error{Fault::lab, "can't make a folder for a module's files", pattern};
  }
  const fs::path scratch = pattern;
  Result<> trouble;
  for (const fs::path& path : *paths) {
    auto file = co_await carried(path, scratch);
    if (!file) {
      trouble = file.error();
      break;
    }
    files.push_back(std::move(*file));
  }
  std::error_code ignored;
  fs::remove_all(scratch, ignored);
  if (!trouble) {
    co_return trouble.error();
  }
  co_return files;
}

Bytes pack_job(json document, const std::vector<CarriedFile>& files) {
  json list = json::array();
  for (const CarriedFile& file : files) {
    list.push_back({{"name", file.name}, {"size", file.content.size()}});
  }
  document["files"] = std::move(list);
  const std::string head = document.dump() + "\n";
  const ByteView bytes = as_bytes(head);
  Bytes job(bytes.begin(), bytes.end());
  for (const CarriedFile& file : files) {
    job.insert(job.end(), file.content.begin(), file.content.end());
  }
  return job;
}

Result<UnpackedJob> unpack_job(ByteView job) {
  const Error wrong{Fault::lab, "the guest was sent a job it does not understand", {}};
  const std::string_view text = as_text(job);
  const auto end = text.find('\n');
  if (end == text.npos) {
    return wrong;
  }
  UnpackedJob unpacked{json::parse(text.substr(0, end), nullptr, false), {}};
  const json& document = unpacked.document;
  if (!document.is_object() || !document.contains("files") || !document["files"].is_array() ||
      document["files"].size() > kMostFiles) {
    return wrong;
  }
  ByteView rest = job.subspan(end + 1);
  for (const json& entry : document["files"]) {
    if (!entry.is_object() || !entry.contains("name") || !entry["name"].is_string() ||
        !entry.contains("size") || !entry["size"].is_number_unsigned()) {
      return wrong;
    }
    const std::string name = entry["name"];
    const auto size = entry["size"].get<std::size_t>();
    if (!is_file_name(name) || size > rest.size()) {
      return wrong;
    }
    unpacked.files.push_back({name, Bytes(rest.begin(), rest.begin() + std::ptrdiff_t(size))});
    rest = rest.subspan(size);
  }
  if (!rest.empty()) {
    return wrong;
  }
  return unpacked;
}

Result<> place_files(const std::vector<CarriedFile>& files, const fs::path& folder, Plan& plan) {
  std::error_code error;
  fs::remove_all(folder, error);
  if (files.size() < 2) {
    return {};
  }
  fs::create_directories(folder, error);
  for (const CarriedFile& file : files) {
    const fs::path path = folder / file.name;
    std::ofstream out(path, std::ios::binary);
    out << as_text(file.content);
    out.close();
    fs::permissions(path, fs::perms(0755), error);
    if (!out || error) {
      return Error{Fault::lab, "cannot be written", path.string()};
    }
  }
  plan.scenario.station.module = (folder / files[0].name).string();
  plan.rig.programs[kHost].path = folder / files[1].name;
  return {};
}

}  // namespace postassoc
