#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "harness/run/ports.h"

/// A rig in memory, with behaviour and delays, for tests of the runner. It tells the events that
/// the real parts tell, in their words and their order; no verdict of a user ever rests on it.
namespace postassoc::fake {

struct Behaviour {
  enum class Association {
    connects,      ///< associated, keys, port open, CTRL-EVENT-CONNECTED
    wrong_key,     ///< associated, AP-STA-POSSIBLE-PSK-MISMATCH, CTRL-EVENT-DISCONNECTED
    silent,        ///< nothing ever happens
    hostapd_dies,  ///< hostapd ends during the handshake
    monitor_gone,  ///< the monitor interface vanishes
  };
  Association association = Association::connects;
  std::chrono::milliseconds delay{3};  ///< between one event and the next
  bool beacons = true;
  bool datagrams_arrive = true;
  std::chrono::milliseconds link_report{0};  ///< how late the link is reported up
  int port_reports = 0;  ///< how often the port is reported closed before it is open
  std::string command_answer = "OK";
  /// What the medium says of its rules at any time: pointer and sentence.
  std::vector<std::pair<std::string, std::string>> unmatched_rules = {};
  std::string bring_up_error = {};  ///< not empty: bring-up fails with it after hostapd started
};

/// What was done to the rig, for tests to look at.
struct Journal {
  std::vector<std::string> commands;
  std::vector<Bytes> injected;
  std::vector<std::size_t> replaced_rules;  ///< the number of rules of each replacement
  std::vector<Bytes> learned_pmks;
  std::vector<std::string> noticed;                 ///< by the medium: names of events
  std::vector<std::pair<MacAddress, bool>> roamed;  ///< where to, and whether over the DS
  std::vector<bool> interface_up;
  int port_asked = 0;
  int stopped_parts = 0;
  bool released = false;
};

class FakeRigFactory final : public RigFactory {
 public:
  explicit FakeRigFactory(Behaviour behaviour) : behaviour_(std::move(behaviour)) {}
  Task<> bring_up(const RunContext& context, Rig& rig) override;
  const Journal& journal() const { return journal_; }

 private:
  Behaviour behaviour_;
  Journal journal_;
};

/// Evidence in memory; can run out of space.
class MemoryEvidence final : public EvidenceWriter {
 public:
  Result<> append(std::string_view name, ByteView bytes) override;
  const std::map<std::string, std::string, std::less<>>& files() const { return files_; }
  void set_space(std::size_t bytes) { space_ = bytes; }

 private:
  std::map<std::string, std::string, std::less<>> files_;
  std::size_t space_ = static_cast<std::size_t>(-1);
};

}  // namespace postassoc::fake
