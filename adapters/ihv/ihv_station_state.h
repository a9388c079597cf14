#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "adapters/ihv/ihv_network.h"
#include "adapters/ihv/ihv_records.h"
#include "adapters/ihv/ihv_station.h"
#include "adapters/ihv/module_host_process.h"
#include "adapters/nl80211/station_radio.h"

namespace postassoc {

/// What the parts of an IhvStation share. Tasks that go on in the background hold it; the handlers
/// of radio and process borrow it, and these end before it.
struct IhvStation::State : std::enable_shared_from_this<State> {
  State(asio::any_io_executor with, const RunContext& context, Options with_options,
        IhvRecords with_records);

  asio::any_io_executor executor;
  Options options;
  IhvRecords records;
  Scenario scenario;
  Secrets secrets;
  EventSink emit_event;
  EvidenceWriter& evidence;
  std::vector<std::string> hidden;  ///< secrets as text, for the log
  std::size_t logged = 0;

  // What the module's host was told and not yet told the end of.
  bool adapter = false;
  bool prepared = false;              ///< PerformPreAssociate since the last AdapterReset
  std::optional<MacAddress> session;  ///< peer of a PerformPostAssociate without its Stop
  std::optional<FoundBss> bss;        ///< of the connection
  IhvAlgorithms algorithms;           ///< of the last completed pre-association
  std::optional<nlohmann::json> pre_associated;  ///< its completion, once it came
  bool eapol_in_clear = false;                   ///< the module exempted EAPOL from encryption
  std::uint64_t attempt = 0;                     ///< grows when what goes on is given up
  int leaving = 0;                               ///< disconnections under way
  bool stopping = false;

  struct Frame {
    MacAddress from;
    std::uint16_t ethertype;
    Bytes payload;
    bool is_protected;
  };
  bool port_known = false;                       ///< the module's host has made the session's port
  std::vector<Frame> early;                      ///< came before that
  std::map<std::uint64_t, std::uint64_t> sends;  ///< cookie -> number of the send
  asio::steady_timer changed;

  std::unique_ptr<ModuleHostProcess> host;
  std::unique_ptr<StationRadio> radio;

  /// Has a task go on in the background, and lives as long.
  template <class T>
  void beside(Task<T> task) {
    asio::co_spawn(executor, hold(shared_from_this(), std::move(task)),
                   [](std::exception_ptr error, const Result<T>&) {
                     if (error) {
                       std::rethrow_exception(error);
                     }
                   });
  }
  template <class T>
  static Task<T> hold(std::shared_ptr<State> self, Task<T> task) {
    auto done = co_await std::move(task);
    self.reset();
    co_return done;
  }

  // ihv_station.cpp
  void emit(Witness witness, std::string name, nlohmann::json detail);
  void refused(std::string what, const Error& error);
  ModuleHostProcess::Handlers host_handlers();
  StationRadio::Handlers radio_handlers();
  void take_record(nlohmann::json record);
  void take_words(std::string_view line);
  void take_message(const nlohmann::json& message);
  /// An Error when the process is gone or going: events told of that already.
  Task<ModuleHostProcess::Done> command(nlohmann::json command);
  /// The same, without waiting for its end.
  void post(nlohmann::json command);
  Task<> wait_until(std::function<bool()> ready, std::chrono::nanoseconds limit);

  // ihv_connection.cpp
  /// From pre-association to the post-association operation; ends early when `attempt` moves on.
  Task<> connect();
  Task<> join(std::uint64_t mine, MacAddress to, std::optional<MacAddress> from);
  Task<> perform_post_associate(JoinResult joined, MacAddress peer, bool reassociation);
  /// What follows a disconnection, but for the calls in `made`.
  Task<> finish(std::uint32_t status, std::set<std::string> made);
  /// Leaves the BSS and finishes.
  Task<> leave(std::uint32_t status, std::set<std::string> made);
  Task<> roam(MacAddress to);
  /// Hands on what came for the port; keeps it while the port is not known to the module's host.
  void receive(const Frame& frame);
  void receive_early();
  void complete_sends();

  // ihv_asks.cpp
  std::uint32_t answer(const nlohmann::json& question);
  std::uint32_t send_packet(const nlohmann::json& question);
  std::uint32_t set_key(const nlohmann::json& question, bool pairwise);
  std::uint32_t set_port(bool authorized);
};

}  // namespace postassoc
