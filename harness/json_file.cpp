#include "harness/json_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>
#include <vector>

#include "harness/json_reader.h"

namespace postassoc {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxBytes = std::size_t{1} << 20;
constexpr int kMaxDepth = 32;

/// Follows the parser through a document and remembers the first thing that the JSON grammar allows
/// but a reader would silently get wrong.
class StructureWatch {
 public:
  bool see(int depth, json::parse_event_t event, const json& parsed) {
    switch (event) {
      case json::parse_event_t::object_start:
      case json::parse_event_t::array_start:
        count_element();
        open_.push_back({event == json::parse_event_t::array_start, {}, {}, -1});
        if (depth >= kMaxDepth && what_.empty()) {
          report(fmt::format("nested deeper than {} levels", kMaxDepth));
        }
        break;
      case json::parse_event_t::object_end:
      case json::parse_event_t::array_end:
        open_.pop_back();
        break;
      case json::parse_event_t::key:
        open_.back().key = parsed.get_ref<const std::string&>();
        if (!open_.back().keys.insert(open_.back().key).second && what_.empty()) {
          report(fmt::format("the key \"{}\" is given twice", open_.back().key));
        }
        break;
      case json::parse_event_t::value:
        count_element();
        break;
    }
    return true;
  }

  const std::string& what() const { return what_; }
  const std::string& pointer() const { return pointer_; }

 private:
  struct Level {
    bool array;
    std::string key;
    std::set<std::string> keys;
    std::int64_t index;
  };

  void count_element() {
    if (!open_.empty() && open_.back().array) {
      ++open_.back().index;
    }
  }

  void report(std::string what) {
    what_ = std::move(what);
    for (const Level& level : open_) {
      if (level.array && level.index < 0) {
        break;
      }
      pointer_ = child_pointer(pointer_, level.array ? std::to_string(level.index) : level.key);
    }
  }

  std::vector<Level> open_;
  std::string what_;
  std::string pointer_;
};

/// "file:line:column" of a byte, both counted from 1.
std::string place(const std::string& file, std::string_view text, std::size_t byte) {
  const std::string_view before = text.substr(0, std::min(byte == 0 ? 0 : byte - 1, text.size()));
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t start = before.rfind('\n');
  const std::size_t column = before.size() - (start == before.npos ? 0 : start + 1) + 1;
  return fmt::format("{}:{}:{}", file, line, column);
}

/// The parser's own words without the library's name, its position and its "last read".
std::string plain_words(std::string_view message) {
  if (const auto at = message.find("syntax error"); at != message.npos) {
    message.remove_prefix(at);
  } else if (const auto name = message.find("] "); name != message.npos) {
    message.remove_prefix(name + 2);
  }
  return std::string(message);
}

}  // namespace

Result<json> parse_json_text(std::string_view text, const std::string& file) {
  if (text.size() > kMaxBytes) {
    return Error{Fault::invalid_input, "the file is larger than 1 MiB: is it the right one?", file};
  }
  StructureWatch watch;
  try {
    json document = json::parse(text, [&](int depth, json::parse_event_t event, json& parsed) {
      return watch.see(depth, event, parsed);
    });
    if (!watch.what().empty()) {
      return Error{Fault::invalid_input, watch.what(), file + "#" + watch.pointer()};
    }
    return Result<json>(boost::system::in_place_value, std::move(document));
  } catch (const json::parse_error& error) {
    return Error{Fault::invalid_input, plain_words(error.what()), place(file, text, error.byte)};
  } catch (const json::out_of_range& error) {
    return Error{Fault::invalid_input, plain_words(error.what()), file};
  }
}

Result<json> read_json_file(const std::filesystem::path& file) {
  if (!is_plain_text(file.string())) {
    return Error{Fault::invalid_input,
                 "the file's name is not UTF-8 text without control characters: rename it",
                 in_quotes(file.string())};
  }
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) {
    return Error{Fault::invalid_input, "expected a JSON file, found a directory", file.string()};
  }
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    return Error{Fault::invalid_input,
                 fmt::format("the file cannot be read: {}", std::strerror(errno)), file.string()};
  }
  std::string text(kMaxBytes + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad()) {
    return Error{Fault::invalid_input, "the file cannot be read to its end", file.string()};
  }
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return parse_json_text(text, file.string());
}

}  // namespace postassoc
