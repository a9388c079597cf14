#include "harness/commands/module_files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace postassoc {
namespace {

Bytes bytes(std::string_view text) {
  const ByteView view = as_bytes(text);
  return {view.begin(), view.end()};
}

const std::vector<CarriedFile> kFiles = {{"m.so", bytes(std::string_view("a\n\0b", 4))},
                                         {"postassoc-ihv-host", bytes("#!/bin/sh\n")}};

TEST(ModuleFiles, ComeOutOfAJobAsTheyWentIn) {
  const Bytes job = pack_job({{"plan", 1}}, kFiles);
  const auto unpacked = unpack_job(job);
  ASSERT_TRUE(unpacked) << to_string(unpacked.error());
  EXPECT_EQ(unpacked->document["plan"], 1);
  ASSERT_EQ(unpacked->files.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(unpacked->files[i].name, kFiles[i].name);
    EXPECT_EQ(unpacked->files[i].content, kFiles[i].content);
  }
}

TEST(ModuleFiles, RefuseAJobThatWasCutOrMadeUp) {
  const Bytes job = pack_job({{"plan", 1}}, kFiles);
  for (std::size_t length = 0; length < job.size(); ++length) {
    EXPECT_FALSE(unpack_job(ByteView(job).first(length))) << length;
  }
  Bytes longer = job;
  longer.push_back(std::byte{1});
  EXPECT_FALSE(unpack_job(longer));
  for (const char* text :
       {"{\"files\":[{\"name\":\"../x\",\"size\":1}]}\nx",
        "{\"files\":[{\"name\":\".x\",\"size\":1}]}\nx", "{\"files\":[7]}\n", "{\"files\":1}\n",
        "[]\n", "{\"files\":[{\"name\":\"x\",\"size\":18446744073709551615}]}\nx"}) {
    EXPECT_FALSE(unpack_job(as_bytes(text))) << text;
  }
}

TEST(ModuleFiles, ArePlacedWhereThePlanFindsThem) {
  const std::filesystem::path folder = testing::TempDir() + "placed-module";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "of-the-job-before") << "x";
  Plan plan;
  ASSERT_TRUE(place_files(kFiles, folder, plan));
  EXPECT_EQ(plan.scenario.station.module, (folder / "m.so").string());
  EXPECT_EQ(module_host_program(plan.rig), folder / "postassoc-ihv-host");
  struct stat status {};
  ASSERT_EQ(stat((folder / "postassoc-ihv-host").c_str(), &status), 0);
  EXPECT_NE(status.st_mode & S_IXUSR, 0U);
  EXPECT_FALSE(std::filesystem::exists(folder / "of-the-job-before"));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace postassoc
