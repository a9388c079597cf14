#include "harness/json_file.h"

#include <gtest/gtest.h>

#include "harness/scenario_test_data.h"

namespace postassoc {
namespace {

std::string fault_of(std::string_view text) {
  const auto document = parse_json_text(text, "f.json");
  return document ? "none: " + document->dump() : to_string(document.error());
}

TEST(JsonFile, GivesLineAndColumnOfASyntaxError) {
  const std::string fault = fault_of("{\n  \"a\": 1,\n  \"b\": [1,}\n}");
  EXPECT_TRUE(fault.starts_with("f.json:3:11: ")) << fault;
  EXPECT_NE(fault.find("expected"), std::string::npos) << fault;
  EXPECT_EQ(fault.find("json.exception"), std::string::npos) << fault;
}

TEST(JsonFile, SaysWhatWasExpectedOfAnEmptyFile) {
  EXPECT_TRUE(fault_of("").starts_with("f.json:1:1: ")) << fault_of("");
}

TEST(JsonFile, RefusesAKeyThatIsGivenTwice) {
  EXPECT_EQ(fault_of(R"({"a/b": [0, {"k": {"x": 1}, "k": 2}]})"),
            "f.json#/a~1b/1/k: the key \"k\" is given twice");
}

TEST(JsonFile, TakesTheSameKeyInDifferentObjects) {
  EXPECT_TRUE(parse_json_text(R"({"a": {"k": 1}, "b": {"k": 1}, "c": [{"k": 1}, {"k": 1}]})", "f"));
}

TEST(JsonFile, RefusesDeepNesting) {
  const std::string deep = std::string(5000, '[') + std::string(5000, ']');
  EXPECT_NE(fault_of(deep).find("nested deeper than 32"), std::string::npos);
}

TEST(JsonFile, RefusesWhatNoNumberAndNoTextIs) {
  EXPECT_NE(fault_of("[1e999]").find("1e999"), std::string::npos);
  EXPECT_TRUE(fault_of("[\"\xff\"]").starts_with("f.json:1:"));
  EXPECT_TRUE(fault_of("{} {}").starts_with("f.json:1:"));
}

TEST(JsonFile, SurvivesEveryPrefixOfADocument) {
  const std::string whole =
      R"({"steps": [{"step": "wait", "for_ms": 1.5e1}], "é": null, "t": true})";
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(parse_json_text(whole.substr(0, length), "f")) << length;
  }
  EXPECT_TRUE(parse_json_text(whole, "f"));
}

TEST(JsonFile, NamesAFileThatIsNotThereADirectoryAndAHugeFile) {
  const test_data::TemporaryFolder folder;
  const auto missing = read_json_file(folder.path() / "none.json");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().where, (folder.path() / "none.json").string());
  EXPECT_NE(missing.error().what.find("No such file"), std::string::npos);
  EXPECT_EQ(missing.error().fault, Fault::invalid_input);
  EXPECT_FALSE(read_json_file(folder.path()));
  EXPECT_FALSE(read_json_file(folder.write("big.json", std::string((1 << 20) + 1, ' '))));
}

}  // namespace
}  // namespace postassoc
