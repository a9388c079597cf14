#include "harness/report/escape.h"

#include <gtest/gtest.h>

namespace postassoc::report {
namespace {

TEST(Printable, LeavesOrdinaryTextAlone) {
  EXPECT_EQ(printable("EAPOL-Key message 1 of 4"), "EAPOL-Key message 1 of 4");
  EXPECT_EQ(printable("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"),
            "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80");
}

TEST(Printable, TakesTheSenseOutOfTerminalEscapes) {
  EXPECT_EQ(printable("\x1b[31mred\x1b]0;title\x07"), "\\x1b[31mred\\x1b]0;title\\x07");
  EXPECT_EQ(printable("a\r\nb\tc"), "a\\x0d\\nb\\tc");
  EXPECT_EQ(printable("\x7f"), "\\x7f");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "\\u{9b}31m");
}

TEST(Printable, ShowsWhatWouldReorderOrHideText) {
  EXPECT_EQ(printable("a\xe2\x80\xae"
                      "b"),
            "a\\u{202e}b");
  EXPECT_EQ(printable("a\xe2\x80\xa8"
                      "b"),
            "a\\u{2028}b");
}

TEST(Printable, ShowsOctetsThatAreNotUtf8) {
  EXPECT_EQ(printable("\xff\xc0\xaf"), "\\xff\\xc0\\xaf");
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "surrogate";
  EXPECT_EQ(printable("\xe0\x80\x80"), "\\xe0\\x80\\x80") << "overlong";
  EXPECT_EQ(printable("\xe2\x82"), "\\xe2\\x82") << "cut off";
}

TEST(Printable, EscapesAllBeyondAsciiForAnAsciiTerminal) {
  EXPECT_EQ(printable("caf\xc3\xa9", Charset::ascii), "caf\\u{e9}");
}

TEST(XmlText, LeavesOutWhatXmlForbids) {
  const std::string text("a\0b\x1b<c>\xff\xef\xbf\xbe\n", 12);
  EXPECT_EQ(xml_text(text), "ab<c>\xef\xbf\xbd\n");
}

TEST(Columns, CountsCodePoints) {
  EXPECT_EQ(columns("a\xc3\xa9\xe2\x94\x82"), 3U);
}

}  // namespace
}  // namespace postassoc::report
