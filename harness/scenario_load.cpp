#include <fmt/format.h>

#include <algorithm>

#include "harness/json_file.h"
#include "harness/json_reader.h"
#include "harness/scenario.h"
#include "harness/scenario_override.h"

namespace postassoc {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr std::size_t kMostScenarios = 1000;

/// A path of a document and the values it takes, one after the other.
struct Axis {
  std::string path;
  json::json_pointer pointer;
  std::vector<json> values;
};

/// One entry of a matrix: "access_point.channel=6" and what it changes.
struct Entry {
  std::string label;
  std::vector<std::pair<json::json_pointer, json>> changes;
};

bool is_at_or_below(const json::json_pointer& pointer, const json::json_pointer& above) {
  const std::string text = pointer.to_string(), start = above.to_string();
  return text.starts_with(start) && (text.size() == start.size() || text[start.size()] == '/');
}

Result<Axis> read_axis(const json& document, const std::string& path, const json& values,
                       const std::string& file, const std::vector<std::string>& known_checks) {
  const std::string where = file + "#" + child_pointer("/matrix", path);
  if (!values.is_array() || values.empty()) {
    return Error{Fault::invalid_input,
                 fmt::format("expected an array of one or more values, found {}", describe(values)),
                 where};
  }
  auto pointer = resolve_path(document, path, known_checks);
  if (!pointer) {
    return Error{Fault::invalid_input, pointer.error().what, where};
  }
  if (is_at_or_below(*pointer, json::json_pointer("/matrix"))) {
    return Error{Fault::invalid_input, "a matrix can't change itself", where};
  }
  return Axis{path, *pointer, {values.begin(), values.end()}};
}

Result<std::vector<Axis>> read_matrix(const json& document, const std::string& file,
                                      const std::vector<std::string>& known_checks) {
  std::vector<Axis> axes;
  const auto matrix = document.find("matrix");
  if (matrix == document.end()) {
    return axes;
  }
  if (!matrix->is_object()) {
    return Error{Fault::invalid_input,
                 fmt::format("expected an object of path: [values], found {}", describe(*matrix)),
                 file + "#/matrix"};
  }
  std::size_t scenarios = 1;
  for (const auto& [path, values] : matrix->items()) {
    auto axis = read_axis(document, path, values, file, known_checks);
    if (!axis) {
      return axis.error();
    }
    scenarios *= axis->values.size();
    axes.push_back(std::move(*axis));
    if (scenarios > kMostScenarios) {
      return Error{Fault::invalid_input,
                   fmt::format("the matrix makes more than {} scenarios", kMostScenarios),
                   file + "#/matrix"};
    }
  }
  return axes;
}

/// The cartesian product, the last axis running fastest.
std::vector<Entry> expand(const std::vector<Axis>& axes) {
  std::vector<Entry> entries = {{}};
  for (const Axis& axis : axes) {
    std::vector<Entry> longer;
    for (const Entry& entry : entries) {
      for (const json& value : axis.values) {
        Entry next = entry;
        next.label += fmt::format("{}{}={}", next.label.empty() ? "" : ",", axis.path,
                                  value.is_string() ? value.get<std::string>() : value.dump());
        next.changes.emplace_back(axis.pointer, value);
        longer.push_back(std::move(next));
      }
    }
    entries = std::move(longer);
  }
  return entries;
}

/// Sets a value; false where the document has something else than an object or array on the way.
bool set(json& document, const json::json_pointer& pointer, const json& value) {
  try {
    document[pointer] = value;
    return true;
  } catch (const json::exception&) {
    return false;
  }
}

using Changes = std::vector<std::pair<json::json_pointer, json>>;

/// Changes the document and says where.
Result<Changes> apply_overrides(json& document, const std::vector<Override>& overrides,
                                const std::string& file,
                                const std::vector<std::string>& known_checks) {
  Changes changes;
  for (const Override& override : overrides) {
    const auto pointer = resolve_path(document, override.path, known_checks);
    if (!pointer || !set(document, *pointer, override.value)) {
      return Error{Fault::invalid_input,
                   fmt::format("{} leads nowhere in {}: {}", override.path, file,
                               pointer ? "it can't be set" : pointer.error().what),
                   override.from};
    }
    changes.emplace_back(*pointer, override.value);
  }
  return changes;
}

/// The axes of a document's matrix that no override fixed; takes the matrix out of the document.
Result<std::vector<Axis>> take_matrix(json& document, const Changes& overrides,
                                      const std::string& file,
                                      const std::vector<std::string>& known_checks) {
  auto axes = read_matrix(document, file, known_checks);
  document.erase("matrix");
  if (axes) {
    std::erase_if(*axes, [&](const Axis& axis) {
      return std::any_of(overrides.begin(), overrides.end(), [&](const auto& change) {
        return is_at_or_below(axis.pointer, change.first);
      });
    });
  }
  return axes;
}

/// The document with an entry's changes, over which overrides go again.
Result<json> resolve_entry(const json& document, const Entry& entry, const Changes& overrides,
                           const std::string& where) {
  json resolved = document;
  bool done = true;
  for (const auto& [pointer, value] : entry.changes) {
    done = set(resolved, pointer, value) && done;
  }
  for (const auto& [pointer, value] : overrides) {
    if (!is_at_or_below(pointer, json::json_pointer("/matrix"))) {
      done = set(resolved, pointer, value) && done;
    }
  }
  if (!done) {
    return Error{Fault::invalid_input, "the matrix and the overrides contradict each other", where};
  }
  return Result<json>(boost::system::in_place_value, std::move(resolved));
}

/// The nearest folder above that holds a schema.json, else the file's own.
fs::path default_root(const fs::path& file) {
  std::error_code ignored;
  const fs::path absolute = fs::absolute(file, ignored).lexically_normal();
  for (fs::path folder = absolute.parent_path(); folder.has_relative_path();
       folder = folder.parent_path()) {
    if (fs::exists(folder / "schema.json", ignored)) {
      return folder;
    }
  }
  return absolute.parent_path();
}

std::string name_of(const fs::path& file, fs::path root) {
  std::error_code ignored;
  root = root.empty() ? default_root(file) : fs::absolute(root, ignored).lexically_normal();
  const fs::path below = fs::absolute(file, ignored).lexically_normal().lexically_relative(root);
  if (below.empty() || below == "." || *below.begin() == "..") {
    return file.stem().string();
  }
  return (below.parent_path() / below.stem()).generic_string();
}

bool is_scenario_file(const fs::path& path) {
  return path.extension() == ".json" && path.filename() != "schema.json" &&
         path.filename() != "rig-schema.json";
}

}  // namespace

Result<std::vector<Scenario>> load_scenarios(const fs::path& file, const fs::path& root,
                                             const std::vector<Override>& overrides,
                                             const std::vector<std::string>& known_checks) {
  auto document = read_json_file(file);
  if (!document) {
    return document.error();
  }
  const std::string name = name_of(file, root);
  if (!is_plain_text(name)) {
    return Error{Fault::invalid_input,
                 "a folder's name is not UTF-8 text without control characters: rename it",
                 in_quotes(name)};
  }
  const std::string shown = file.string();
  if (!document->is_object()) {
    return Error{Fault::invalid_input,
                 fmt::format("expected an object, found {}", describe(*document)), shown + "#"};
  }
  const auto changes = apply_overrides(*document, overrides, shown, known_checks);
  if (!changes) {
    return changes.error();
  }
  const auto axes = take_matrix(*document, *changes, shown, known_checks);
  if (!axes) {
    return axes.error();
  }
  std::vector<Scenario> scenarios;
  for (const Entry& entry : expand(*axes)) {
    const std::string suffix = entry.label.empty() ? "" : "[" + entry.label + "]";
    const auto resolved = resolve_entry(*document, entry, *changes, shown + suffix);
    if (!resolved) {
      return resolved.error();
    }
    auto scenario = parse_scenario(*resolved, shown + suffix, name + suffix, known_checks);
    if (!scenario) {
      return scenario.error();
    }
    scenario->file = shown;
    scenarios.push_back(std::move(*scenario));
  }
  return scenarios;
}

Result<std::vector<fs::path>> find_scenarios(const fs::path& path) {
  std::error_code fault;
  const fs::file_status status = fs::status(path, fault);
  if (!fs::exists(status)) {
    return Error{Fault::invalid_input, "there is no such file or folder", path.string()};
  }
  if (!fs::is_directory(status)) {
    return std::vector<fs::path>{path};
  }
  std::vector<fs::path> files;
  for (fs::recursive_directory_iterator at(path, fault), end; !fault && at != end;
       at.increment(fault)) {
    if (at->is_directory() && at->path().filename() == "suites") {
      at.disable_recursion_pending();
    } else if (at->is_regular_file() && is_scenario_file(at->path())) {
      files.push_back(at->path());
    }
  }
  if (fault) {
    return Error{Fault::invalid_input,
                 fmt::format("the folder cannot be read: {}", fault.message()), path.string()};
  }
  if (files.empty()) {
    return Error{Fault::invalid_input, "there is no scenario (*.json) in this folder",
                 path.string()};
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace postassoc
