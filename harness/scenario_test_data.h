#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

/// What tests of scenarios, rigs and plans share.
namespace postassoc::test_data {

/// A catalogue of checks in the order of reports.
inline const std::vector<std::string> kChecks = {"gate.clock-aligned",
                                                 "gate.capture-complete",
                                                 "gate.injector-works",
                                                 "gate.crypto-visible",
                                                 "order.post-assoc-after-assoc",
                                                 "order.message-sequence",
                                                 "order.initial-m4-clear-then-protected",
                                                 "order.keys-before-authorized",
                                                 "eapol.replay-counter-monotonic",
                                                 "eapol.replay-counter-echo",
                                                 "eapol.mic-valid",
                                                 "eapol.key-info-bits",
                                                 "eapol.m2-rsne-matches-assoc",
                                                 "timing.m1-m2",
                                                 "timing.m3-m4",
                                                 "timing.handshake-total",
                                                 "timing.m4-to-usable",
                                                 "timing.post-assoc-total",
                                                 "key.ptk-installed-once",
                                                 "key.no-reinstall-on-m3-retry",
                                                 "key.pn-never-reused",
                                                 "key.install-only-on-valid-m3",
                                                 "excl.protected-frames-pass",
                                                 "excl.plain-unicast-dropped",
                                                 "excl.eapol-clear-before-key",
                                                 "port.unauthorized-after-assoc",
                                                 "port.opens-once",
                                                 "port.never-opens-on-bad-credential"};

inline std::filesystem::path source_path(std::string_view below) {
  return std::filesystem::path(POSTASSOC_SOURCE_DIR) / below;
}

/// The ids of CATALOGUE.md, which a test of the program holds against the code.
inline std::vector<std::string> catalogue_ids() {
  std::ifstream file(source_path("harness/checks/CATALOGUE.md"));
  constexpr std::string_view kHeading = "### `";
  std::vector<std::string> ids;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(kHeading)) {
      ids.push_back(line.substr(kHeading.size(), line.rfind('`') - kHeading.size()));
    }
  }
  return ids;
}

/// The smallest document that is a scenario.
inline nlohmann::json small_scenario() {
  return {{"purpose", "to be small"},
          {"steps", {{{"step", "associate"}}}},
          {"checks", {"timing.m3-m4"}}};
}

/// A folder that is gone after the test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "postassoc-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path write(const std::filesystem::path& below, std::string_view text) const {
    std::filesystem::create_directories((path_ / below).parent_path());
    std::ofstream(path_ / below, std::ios::binary) << text;
    return path_ / below;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace postassoc::test_data
