#include "harness/rig_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "harness/json_file.h"
#include "harness/json_reader.h"
#include "harness/nearest_word.h"
#include "harness/rig_words.h"

namespace postassoc {
namespace {

using nlohmann::json;

constexpr std::size_t kLongestInterface = 15;  // IFNAMSIZ - 1

/// Reads a name that is used in paths and commands: letters, digits, and what `others` holds.
std::optional<std::string> read_name(ObjectReader& reader, std::string_view key,
                                     std::string_view others, std::size_t longest) {
  auto name = reader.text(key);
  const bool plain = !name || std::all_of(name->begin(), name->end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           others.find(c) != others.npos;
  });
  if (!plain ||
      (name && (name->size() > longest || name->starts_with('-') || name->starts_with('.')))) {
    reader.fault(key, fmt::format("expected at most {} letters, digits and characters of \"{}\", "
                                  "beginning with none of \"-.\", found {}",
                                  longest, others, describe(*name)));
  }
  return name;
}

RadioSpec read_radio(const json& value, const std::string& pointer, JsonFaults& faults) {
  RadioSpec radio;
  ObjectReader reader(value, pointer, rig_words::kRadio, faults);
  radio.interface = read_name(reader, "interface", "-_.", kLongestInterface);
  radio.phy = read_name(reader, "phy", "-_.", 32);
  radio.driver = read_name(reader, "driver", "-_", 64);
  radio.usb_path = read_name(reader, "usb_path", "-.:", 64);
  if (const auto text = reader.text("mac")) {
    radio.mac = MacAddress::parse(*text);
    if (!radio.mac || radio.mac->is_group()) {
      reader.fault("mac", fmt::format("expected the address of one radio like "
                                      "\"02:00:00:00:01:00\", found {}",
                                      describe(*text)));
    }
  }
  if (value.is_object() && value.empty()) {
    faults.add(pointer, "expected one or more of interface, phy, mac, driver and usb_path");
  }
  return radio;
}

/// Every known capability once, with its pointer where it's wrong.
std::vector<std::string> read_capabilities(ObjectReader& reader, JsonFaults& faults) {
  const auto known = views_of(known_capabilities());
  std::vector<std::string> words = reader.texts("capabilities");
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (!words[i].empty() && std::find(known.begin(), known.end(), words[i]) == known.end()) {
      faults.add(child_pointer(reader.pointer_to("capabilities"), std::to_string(i)),
                 unknown_word(words[i], known));
    }
  }
  return words;
}

void read_radios(ObjectReader& reader, JsonFaults& faults, RigSpec& rig) {
  const json* radios = reader.object("radios");
  if (radios == nullptr) {
    return;
  }
  ObjectReader parts(*radios, "/radios", rig_words::kRadios, faults);
  const auto read = [&](std::string_view part) -> std::optional<RadioSpec> {
    const json* value = parts.object(part);
    if (value == nullptr) {
      return std::nullopt;
    }
    return read_radio(*value, parts.pointer_to(part), faults);
  };
  rig.access_point = read("access_point");
  rig.station = read("station");
  rig.monitor = read("monitor");
  rig.injector = read("injector");
  if (const json* others = parts.array("other_stations")) {
    for (std::size_t i = 0; i < others->size(); ++i) {
      rig.other_stations.push_back(
          read_radio((*others)[i],
                     child_pointer(parts.pointer_to("other_stations"), std::to_string(i)), faults));
    }
  }
  if (parts.has("access_point") && parts.has("station") &&
      radios->at("access_point") == radios->at("station")) {
    parts.fault("station", "the station needs another radio than the access point");
  }
}

ProgramSpec read_program(const json& value, const std::string& pointer, JsonFaults& faults) {
  ProgramSpec program;
  ObjectReader reader(value, pointer, rig_words::kProgram, faults);
  if (auto path = reader.text("path")) {
    program.path = *path;
  }
  for (std::string& library : reader.texts("preload")) {
    if (library.find_first_of(" :") != library.npos) {  // they separate names in LD_PRELOAD
      reader.fault("preload", fmt::format("expected a path without spaces and colons, found {}",
                                          describe(library)));
    }
    program.preload.emplace_back(std::move(library));
  }
  if (value.is_object() && value.empty()) {
    faults.add(pointer, "expected a path, a preload or both");
  }
  return program;
}

void read_programs(ObjectReader& reader, JsonFaults& faults, RigSpec& rig) {
  const json* programs = reader.object("programs");
  if (programs == nullptr) {
    return;
  }
  ObjectReader members(*programs, "/programs", rig_words::kPrograms, faults);
  for (const std::string_view name : rig_words::kPrograms) {
    if (const json* value = members.object(name)) {
      rig.programs.emplace(name, read_program(*value, members.pointer_to(name), faults));
    }
  }
}

/// Makes the paths of programs absolute, where they are paths.
void resolve_paths(json& document, const std::filesystem::path& folder) {
  const auto resolve = [&folder](json& path) {
    if (path.is_string()) {
      path = (folder / path.get<std::string>()).lexically_normal().string();
    }
  };
  if (!document.is_object() || !document.contains("programs") ||
      !document["programs"].is_object()) {
    return;
  }
  for (json& program : document["programs"]) {
    if (!program.is_object()) {
      continue;
    }
    if (program.contains("path")) {
      resolve(program["path"]);
    }
    if (program.contains("preload") && program["preload"].is_array()) {
      std::for_each(program["preload"].begin(), program["preload"].end(), resolve);
    }
  }
}

/// What the kind of rig and its capabilities ask for.
void check_completeness(ObjectReader& reader, const RigSpec& rig) {
  if (rig.kind == RigKind::virtual_machine) {
    if (reader.has("radios")) {
      reader.fault("radios", "a virtual rig brings its own radios");
    }
    return;
  }
  const auto can = [&](std::string_view word) {
    return std::find(rig.capabilities.begin(), rig.capabilities.end(), word) !=
           rig.capabilities.end();
  };
  if (!rig.access_point || !rig.station) {
    reader.fault("radios", "expected an access_point and a station");
  }
  if (can("air_capture") && !rig.monitor) {
    reader.fault("radios", "the capability \"air_capture\" needs a monitor");
  }
  if (can("other_stations") && rig.other_stations.empty()) {
    reader.fault("radios", "the capability \"other_stations\" needs other_stations");
  }
  if (can("inject") && !rig.injector) {
    reader.fault("radios", "the capability \"inject\" needs an injector");
  }
  if (can("medium") && rig.kind == RigKind::hardware) {
    reader.fault("capabilities",
                 "nobody is the medium between real radios: \"medium\" is for hwsim and virtual "
                 "rigs");
  }
}

}  // namespace

const std::vector<std::string>& known_capabilities() {
  static const std::vector<std::string> kWords(rig_words::kCapabilities.begin(),
                                               rig_words::kCapabilities.end());
  return kWords;
}

Result<RigSpec> parse_rig(const json& document, const std::string& file) {
  RigSpec rig;
  rig.document = document;
  rig.file = file;
  JsonFaults faults(file);
  ObjectReader reader(document, "", rig_words::kRig, faults);
  reader.require({"id", "kind"});
  reader.text("$schema");
  rig.id = read_name(reader, "id", "-_.", 64).value_or("");
  const auto kind = reader.choice<RigKind>("kind", rig_words::kKind);
  rig.kind = kind.value_or(rig.kind);
  rig.notes = reader.text("notes").value_or("");
  if (rig.kind == RigKind::virtual_machine && !reader.has("capabilities")) {
    rig.capabilities = known_capabilities();
  } else {
    reader.require({"capabilities"});
    rig.capabilities = read_capabilities(reader, faults);
  }
  read_radios(reader, faults, rig);
  read_programs(reader, faults, rig);
  if (kind) {
    check_completeness(reader, rig);
  }
  if (!faults.empty()) {
    return faults.error();
  }
  return rig;
}

Result<RigSpec> load_rig(const std::filesystem::path& file) {
  auto document = read_json_file(file);
  if (!document) {
    return document.error();
  }
  std::error_code ignored;
  resolve_paths(*document, std::filesystem::absolute(file, ignored).parent_path());
  return parse_rig(*document, file.string());
}

RigSpec virtual_rig_spec() {
  return parse_rig({{"id", "virtual"},
                    {"kind", "virtual"},
                    {"notes", "a QEMU guest with mac80211_hwsim radios"},
                    {"capabilities", known_capabilities()}},
                   "virtual rig")
      .value();
}

RigSpec hwsim_rig_spec() {
  const json radios = {{"access_point", {{"phy", "phy0"}}},
                       {"station", {{"phy", "phy1"}}},
                       {"monitor", {{"interface", "hwsim0"}}},
                       {"injector", {{"phy", "phy2"}}},
                       {"other_stations", {{{"phy", "phy3"}}, {{"phy", "phy4"}}}}};
  return parse_rig({{"id", "hwsim"},
                    {"kind", "hwsim"},
                    {"notes", "modprobe mac80211_hwsim radios=5"},
                    {"radios", radios},
                    {"capabilities", known_capabilities()}},
                   "hwsim rig")
      .value();
}

}  // namespace postassoc
