#include <benchmark/benchmark.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "harness/air.h"
#include "harness/checks/check.h"
#include "harness/evidence.h"
#include "harness/frames/build.h"
#include "harness/frames/byte_writer.h"
#include "harness/frames/keys.h"
#include "harness/frames/pcap_format.h"

// What the program computes, apart from any rig. ci/bench/bench calls this; by hand:
//   POSTASSOC_BENCH_EVIDENCE=FOLDER   evidence of one scenario, for `judge` and `read_evidence`
//   POSTASSOC_BENCH_CAPTURE=FILE      keep the busy capture there
namespace postassoc {
namespace {

namespace fs = std::filesystem;

constexpr MacAddress kBssid{{2, 0, 0, 0, 0, 0}};
constexpr MacAddress kStation{{2, 0, 0, 0, 1, 0}};
constexpr MacAddress kOtherBssid{{2, 0, 0, 0, 9, 0}};
constexpr MacAddress kOtherStation{{2, 0, 0, 0, 9, 1}};
constexpr std::chrono::nanoseconds kStart = std::chrono::seconds(1700000000);
constexpr int kBusyFrames = 60000;

Bytes neighbour_beacon(std::uint16_t sequence_number) {
  ByteWriter body;
  body.le64(0).le16(100).le16(0x0011).bytes(build_element(0, as_bytes("neighbour")));
  body.bytes(build_element(1, Bytes(8, std::byte{0x82})));
  body.bytes(build_element(221, Bytes(24, std::byte{0x50})));
  return build_management_frame(8, kBroadcast, kOtherBssid, kOtherBssid, sequence_number,
                                body.take());
}

Bytes neighbour_data(std::uint16_t sequence_number) {
  DataHeader header;
  header.from_ds = true;
  header.bssid = kOtherBssid;
  header.da = kOtherStation;
  header.sa = kOtherBssid;
  header.qos_control = 0;
  header.sequence_number = sequence_number;
  header.protected_frame = true;
  return build_data_frame(header, Bytes(200, std::byte{0x5a}));
}

/// A busy channel: of each ten frames a neighbour's beacon, five of its data frames and four ACKs.
/// None of them is of the pair that is watched.
fs::path write_busy_capture(const fs::path& file) {
  std::ofstream out(file, std::ios::binary);
  const auto write = [&out](ByteView bytes) {
    out.write(reinterpret_cast<const char*>(bytes.data()),
              static_cast<std::streamsize>(bytes.size()));
  };
  write(pcap_file_header(kLinkTypeRadiotap));
  for (int i = 0; i < kBusyFrames; ++i) {
    const auto sequence_number = static_cast<std::uint16_t>(i & 0xfff);
    const Bytes frame = i % 10 == 0  ? neighbour_beacon(sequence_number)
                        : i % 2 == 1 ? neighbour_data(sequence_number)
                                     : build_ack(kOtherBssid);
    const auto time = std::chrono::microseconds(100) * i;
    Bytes captured = build_capture_radiotap(static_cast<std::uint64_t>(time.count()));
    captured.insert(captured.end(), frame.begin(), frame.end());
    write(pcap_record(kStart + time, captured));
  }
  return file;
}

/// The busy capture, made on first use and removed at exit unless it was asked for.
const fs::path& busy_capture() {
  struct File {
    fs::path path;
    bool keep = false;
    File() {
      const char* asked = std::getenv("POSTASSOC_BENCH_CAPTURE");
      keep = asked != nullptr;
      path = write_busy_capture(keep ? fs::path(asked)
                                     : fs::temp_directory_path() /
                                           ("postassoc-bench-" + std::to_string(getpid())));
    }
    ~File() {
      std::error_code ignored;
      if (!keep) {
        fs::remove(path, ignored);
      }
    }
  };
  static const File file;
  return file.path;
}

void read_air_of_a_busy_channel(benchmark::State& state) {
  const AirQuestion question{
      {kBssid}, kStation, {{Bytes(32, std::byte{0x11})}, {}}, kStart, "deadbeef"};
  const fs::path& file = busy_capture();
  for ([[maybe_unused]] auto _ : state) {
    auto air = read_air(file, question);
    if (!air || air->quality.frames != kBusyFrames) {
      state.SkipWithError("the capture was not read");
      return;
    }
    benchmark::DoNotOptimize(air);
  }
  state.SetItemsProcessed(state.iterations() * kBusyFrames);
}
BENCHMARK(read_air_of_a_busy_channel)->Unit(benchmark::kMillisecond);

const char* evidence_folder(benchmark::State& state) {
  const char* folder = std::getenv("POSTASSOC_BENCH_EVIDENCE");
  if (folder == nullptr) {
    state.SkipWithError("POSTASSOC_BENCH_EVIDENCE names no evidence");
  }
  return folder;
}

void read_evidence_of_a_run(benchmark::State& state) {
  const char* folder = evidence_folder(state);
  if (folder == nullptr) {
    return;
  }
  for ([[maybe_unused]] auto _ : state) {
    auto evidence = read_evidence(folder);
    if (!evidence) {
      state.SkipWithError(to_string(evidence.error()).c_str());
      return;
    }
    benchmark::DoNotOptimize(evidence);
  }
}
BENCHMARK(read_evidence_of_a_run)->Unit(benchmark::kMillisecond);

void judge_a_run(benchmark::State& state) {
  const char* folder = evidence_folder(state);
  if (folder == nullptr) {
    return;
  }
  const auto evidence = read_evidence(folder);
  if (!evidence) {
    state.SkipWithError(to_string(evidence.error()).c_str());
    return;
  }
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(checks::judge(*evidence));
  }
}
BENCHMARK(judge_a_run)->Unit(benchmark::kMillisecond);

/// The yardstick for cryptography: 4096 rounds of OpenSSL's PBKDF2-HMAC-SHA1.
void pmk_from_a_passphrase(benchmark::State& state) {
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(pmk_from_passphrase("a passphrase of some length", "postassoc"));
  }
}
BENCHMARK(pmk_from_a_passphrase)->Unit(benchmark::kMillisecond);

void ptk_from_a_pmk(benchmark::State& state) {
  const Bytes pmk(32, std::byte{0x11});
  Nonce anonce{};
  Nonce snonce{};
  snonce.fill(std::byte{0x22});
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(
        derive_ptk(pmk, kAkmPsk, kCipherCcmp128, kBssid, kStation, anonce, snonce));
  }
}
BENCHMARK(ptk_from_a_pmk)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace postassoc

BENCHMARK_MAIN();
