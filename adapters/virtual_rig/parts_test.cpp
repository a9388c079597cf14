#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "adapters/virtual_rig/cache.h"
#include "adapters/virtual_rig/cpio.h"
#include "adapters/virtual_rig/digest.h"
#include "adapters/virtual_rig/kernel_package.h"
#include "adapters/virtual_rig/kvm_probe.h"
#include "adapters/virtual_rig/qemu.h"

namespace postassoc::virtual_rig {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

struct Folder : testing::Test {
  fs::path folder;
  void SetUp() override {
    char name[] = "/tmp/virtual-rig-test-XXXXXX";
    folder = ::mkdtemp(name);
  }
  void TearDown() override { fs::remove_all(folder); }
  void write(const std::string& name, std::string_view content) {
    std::ofstream(folder / name, std::ios::binary) << content;
  }
  std::string read(const std::string& name) {
    std::ifstream in(folder / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
};

TEST_F(Folder, cpio_holds_what_was_added_and_is_reproducible) {
  for (const char* name : {"a.cpio", "b.cpio"}) {
    CpioWriter cpio(folder / name);
    cpio.add_directory("/etc");
    cpio.add_file("/etc/text", as_bytes("12345"), false);
    cpio.add_symlink("/init", "usr/bin/x");
    ASSERT_TRUE(cpio.finish());
  }
  EXPECT_EQ(read("a.cpio"), read("b.cpio"));
  EXPECT_EQ(read("a.cpio").size() % 4, 0u);
  if (std::system("command -v cpio >/dev/null") != 0) {
    GTEST_SKIP() << "cpio, the independent reader, is not installed";
  }
  const std::string list = "cd " + folder.string() + " && cpio -itv --quiet < a.cpio > list 2>&1";
  ASSERT_EQ(std::system(list.c_str()), 0);
  EXPECT_THAT(read("list"), HasSubstr("-rw-r--r--   1 root     root            5"));
  EXPECT_THAT(read("list"), HasSubstr("init -> usr/bin/x"));
}

TEST_F(Folder, cpio_names_a_source_that_is_missing) {
  CpioWriter cpio(folder / "a.cpio");
  const auto added = cpio.add_copy("/x", folder / "missing");
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().where, (folder / "missing").string());
}

TEST_F(Folder, cpio_reports_a_full_disk) {
  if (!fs::exists("/dev/full")) {
    GTEST_SKIP() << "no /dev/full";
  }
  CpioWriter cpio("/dev/full");
  cpio.add_file("/x", Bytes(1 << 20), false);
  EXPECT_FALSE(cpio.finish());
}

TEST_F(Folder, prune_keeps_the_youngest_and_drops_the_unfinished) {
  for (const char* name : {"image-1", "image-2", "image-3", "image-4.new", "other-1"}) {
    write(name, "x");
    touch(folder / name);
    ::usleep(15000);
  }
  touch(folder / "image-1");
  prune(folder, "image-", 2);
  EXPECT_TRUE(fs::exists(folder / "image-1"));
  EXPECT_FALSE(fs::exists(folder / "image-2"));
  EXPECT_TRUE(fs::exists(folder / "image-3"));
  EXPECT_FALSE(fs::exists(folder / "image-4.new"));
  EXPECT_TRUE(fs::exists(folder / "other-1"));
}

TEST_F(Folder, digest_follows_size_and_date_of_a_file) {
  write("a", "1");
  const auto key = [&] { return Digest().add("x").add_file(folder / "a").hex(); };
  const std::string before = key();
  EXPECT_EQ(before, key());
  EXPECT_EQ(before.size(), 24u);
  fs::last_write_time(folder / "a", fs::file_time_type::clock::now() + std::chrono::hours(1));
  EXPECT_NE(before, key());
  EXPECT_NE(Digest().add("ab").add("c").hex(), Digest().add("a").add("bc").hex());
}

TEST_F(Folder, kernel_without_xz_payload_is_refused) {
  write("vmlinuz", "MZ no payload here");
  EXPECT_FALSE(extract_xz_payload(folder / "vmlinuz", folder / "out"));
  write("vmlinuz", std::string("MZ..\xfd"
                               "7zXZ\0rest",
                               14));
  ASSERT_TRUE(extract_xz_payload(folder / "vmlinuz", folder / "out"));
  EXPECT_THAT(read("out"), HasSubstr("7zXZ"));
  EXPECT_EQ(read("out").size(), 10u);
}

TEST_F(Folder, kvm_probe_answers_in_time_and_is_remembered) {
  const auto begin = std::chrono::steady_clock::now();
  const KvmProbe first = probe_kvm_cached(folder / "probe");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(1));
  EXPECT_FALSE(first.reason.empty());
  auto remembered = read("probe");
  remembered.replace(remembered.find(first.reason), first.reason.size(), "from the file");
  write("probe", remembered);
  EXPECT_EQ(probe_kvm_cached(folder / "probe").reason, "from the file");
  write("probe", "another boot\nusable\nstale\n");
  EXPECT_NE(probe_kvm_cached(folder / "probe").reason, "stale");
}

MachineSpec spec() {
  return {"qemu", "vmlinux", "initrd", 3, false, true};
}

TEST(CommandLine, virtual_time_is_for_tcg_only) {
  EXPECT_THAT(command_line(spec(), {}, {}), Contains("shift=1,sleep=off"));
  MachineSpec real = spec();
  real.virtual_time = false;
  EXPECT_THAT(command_line(real, {}, {}), Not(Contains("-icount")));
  real.virtual_time = true;
  real.kvm = true;
  EXPECT_THAT(command_line(real, {}, {}), Not(Contains("-icount")));
  EXPECT_THAT(command_line(real, {}, {}), Contains("host"));
  EXPECT_THAT(command_line(spec(), {}, {}), Not(Contains("-cpu")));
}

TEST(CommandLine, restored_memory_is_never_shared) {
  const auto kept = command_line(spec(), MemoryFile{"/ram", true}, {});
  const auto restored = command_line(spec(), MemoryFile{"/ram", false}, {});
  EXPECT_THAT(kept, Contains(HasSubstr("share=on")));
  EXPECT_THAT(restored, Contains(HasSubstr("share=off")));
  EXPECT_THAT(restored, Not(Contains(HasSubstr("share=on"))));
}

TEST(CommandLine, starts_from_a_state_only_when_given_one) {
  EXPECT_THAT(command_line(spec(), {}, {4, 5, 6, -1}), Not(Contains("-incoming")));
  EXPECT_THAT(command_line(spec(), {}, {4, 5, 6, 7}), Contains("-incoming"));
}

TEST(ConsoleLog, finds_a_panic_in_pieces) {
  ConsoleLog log;
  log.add("Kernel pa");
  EXPECT_EQ(log.panic(), "");
  log.add("nic - not syncing: sysrq");
  log.add(" triggered crash\r\nCPU: 0\n");
  EXPECT_EQ(log.panic(), "Kernel panic - not syncing: sysrq triggered crash");
  EXPECT_THAT(log.last_lines(), HasSubstr("crash | CPU: 0"));
}

TEST(ConsoleLog, keeps_the_end_only) {
  ConsoleLog log;
  for (int i = 0; i < 5000; ++i) {
    log.add("a line of the console, one of very many\n");
  }
  log.add("the last\n");
  EXPECT_LE(log.tail().size(), 64u * 1024);
  EXPECT_THAT(log.tail(), testing::EndsWith("the last\n"));
}

}  // namespace
}  // namespace postassoc::virtual_rig
