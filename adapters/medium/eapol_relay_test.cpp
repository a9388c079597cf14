#include "adapters/medium/eapol_relay.h"

#include <gtest/gtest.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>

#include "harness/clock.h"
#include "harness/frames/handshake_builder.h"
#include "harness/run/run_task.h"

namespace postassoc {
namespace {

using medium::FrameWord;

constexpr MacAddress kBssid{{2, 0, 0, 0, 0, 0}};
constexpr MacAddress kStation{{2, 0, 0, 0, 1, 0}};

/// Takes every command, or refuses the first.
class CommandedAccessPoint final : public AccessPoint {
 public:
  MacAddress bssid() const override { return kBssid; }
  std::optional<MacAddress> second_bssid() const override { return std::nullopt; }
  std::string interface() const override { return "lo"; }
  Task<std::string> command(std::string text) override {
    commands.push_back(std::move(text));
    co_return answer;
  }
  Task<> stop() override { co_return Result<>{}; }

  std::vector<std::string> commands;
  std::string answer = "OK";
};

/// Sends on the loopback interface, where anyone may listen.
class EapolRelayTest : public testing::Test {
 protected:
  EapolRelayTest() {
    HandshakeParameters parameters;
    parameters.pmk = Bytes(32, std::byte{0x11});
    parameters.aa = kBssid;
    parameters.spa = kStation;
    const HandshakePdus pdus = build_handshake(parameters).value();
    pdus_ = {pdus.m1, pdus.m2, pdus.m3, pdus.m4};
  }
  ~EapolRelayTest() override {
    if (ear_ >= 0) {
      ::close(ear_);
    }
  }
  void SetUp() override {
    ear_ = ::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_PAE));
    if (ear_ < 0) {
      GTEST_SKIP() << "no packet sockets here";
    }
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_protocol = htons(ETH_P_PAE);
    address.sll_ifindex = static_cast<int>(::if_nametoindex("lo"));
    ASSERT_EQ(::bind(ear_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }

  Result<std::unique_ptr<EapolRelay>> start(std::vector<medium::Rule> rules = {}) {
    return run_task(
        context_, EapolRelay::start(MediumEngine({1, {}, std::move(rules)}, {}), access_point_,
                                    {"lo", {}}, [this](Event event) { events_.push_back(event); }));
  }
  static medium::Rule rule(FrameWord frame, medium::Action action) {
    medium::Rule rule;
    rule.match.frame = frame;
    rule.action = std::move(action);
    rule.pointer = "/medium/rules/0";
    return rule;
  }
  void hand_over(EapolRelay& relay, const std::string& hex) {
    relay.notice({monotonic_now(),
                  {},
                  Witness::access_point,
                  Side::access_point,
                  "EAPOL-TX",
                  {{"text", "EAPOL-TX " + to_string(kStation) + " " + hex}}});
    context_.restart();
    context_.poll();
  }
  /// The next frame on the interface; empty: none within a moment.
  Bytes heard() {
    pollfd waiting{ear_, POLLIN, 0};
    if (::poll(&waiting, 1, 50) <= 0) {
      return {};
    }
    std::array<std::byte, 2048> buffer{};
    const auto size = ::recv(ear_, buffer.data(), buffer.size(), 0);
    return size > 0 ? Bytes(buffer.begin(), buffer.begin() + size) : Bytes();
  }
  const Event* find(std::string_view name) const {
    for (const Event& event : events_) {
      if (event.name == name) {
        return &event;
      }
    }
    return nullptr;
  }

  asio::io_context context_;
  CommandedAccessPoint access_point_;
  std::vector<Event> events_;
  std::vector<Bytes> pdus_;
  int ear_ = -1;
};

TEST_F(EapolRelayTest, passes_on_what_no_rule_is_about) {
  auto relay = start();
  ASSERT_TRUE(relay);
  EXPECT_EQ(access_point_.commands, std::vector<std::string>{"SET ext_eapol_frame_io 1"});
  hand_over(**relay, to_hex(pdus_.at(0)));
  const Bytes frame = heard();
  ASSERT_EQ(frame.size(), 14 + pdus_.at(0).size());
  EXPECT_EQ(MacAddress::from(frame), kStation);
  EXPECT_EQ(MacAddress::from(ByteView(frame).subspan(6)), kBssid);
  EXPECT_EQ(to_hex(ByteView(frame).subspan(12, 2)), "888e");
  EXPECT_EQ(to_hex(ByteView(frame).subspan(14)), to_hex(pdus_.at(0)));
  ASSERT_TRUE(run_task(context_, (*relay)->stop()));
  ASSERT_NE(find("medium_stopped"), nullptr);
  EXPECT_EQ(find("medium_stopped")->detail["frames"], 1);
}

TEST_F(EapolRelayTest, drops_alters_and_repeats_as_the_rules_say) {
  auto relay = start({rule(FrameWord::eapol_m1, medium::Drop{}),
                      rule(FrameWord::eapol_m3, medium::Corrupt{medium::KeyField::mic, 0, 0}),
                      rule(FrameWord::eapol_eap, medium::Duplicate{})});
  ASSERT_TRUE(relay);
  hand_over(**relay, to_hex(pdus_.at(0)));
  EXPECT_TRUE(heard().empty());
  hand_over(**relay, to_hex(pdus_.at(2)));
  const Bytes altered = heard();
  ASSERT_EQ(altered.size(), 14 + pdus_.at(2).size());
  EXPECT_NE(to_hex(ByteView(altered).subspan(14)), to_hex(pdus_.at(2)));
  hand_over(**relay, "02000000");  // of type EAP-Packet
  EXPECT_FALSE(heard().empty());
  EXPECT_FALSE(heard().empty()) << "it is sent twice";
  EXPECT_TRUE((*relay)->unmatched().empty());
  const Event* action = find("medium_action");
  ASSERT_NE(action, nullptr);
  EXPECT_EQ(action->detail["frame"], "eapol.m1");
  EXPECT_EQ(action->detail["relay"], true);
  EXPECT_FALSE(action->detail.contains("sequence")) << "it has none yet";
}

TEST_F(EapolRelayTest, holds_a_frame_until_other_rules_come) {
  auto relay = start({rule(FrameWord::eapol_m3, medium::Hold{})});
  ASSERT_TRUE(relay);
  hand_over(**relay, to_hex(pdus_.at(2)));
  EXPECT_TRUE(heard().empty());
  (*relay)->replace({});
  EXPECT_EQ(heard().size(), 14 + pdus_.at(2).size());
  EXPECT_NE(find("medium_delivered"), nullptr);
}

TEST_F(EapolRelayTest, tells_of_a_frame_that_cant_be_read) {
  auto relay = start();
  ASSERT_TRUE(relay);
  for (const std::string& text : {std::string("zz"), std::string(), "0103" + std::string(1, 'x')}) {
    events_.clear();
    hand_over(**relay, text);
    EXPECT_NE(find("medium_overflow"), nullptr) << text;
  }
}

TEST_F(EapolRelayTest, needs_a_hostapd_with_testing_options) {
  access_point_.answer = "FAIL";
  const auto relay = start();
  ASSERT_FALSE(relay);
  EXPECT_EQ(relay.error().fault, Fault::rig_unavailable);
  EXPECT_NE(relay.error().what.find("CONFIG_TESTING_OPTIONS"), std::string::npos);
}

}  // namespace
}  // namespace postassoc
