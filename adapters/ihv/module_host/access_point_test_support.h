#pragma once

#include <algorithm>
#include <string>

#include "adapters/ihv/module_host/host_process_test_support.h"
#include "harness/frames/build.h"
#include "harness/frames/eapol.h"
#include "harness/frames/handshake_builder.h"
#include "harness/frames/key_mic.h"
#include "harness/frames/mac_address.h"

namespace postassoc::module_host {

inline const std::string kPeer = "02:00:00:00:00:01";
inline const std::string kOwn = "02:00:00:00:00:02";

/// A module in the real host, and an access point by script with the harness's own key derivation.
class Lab {
 public:
  HostProcess host;
  HandshakeParameters parameters;

  Lab() {
    parameters.pmk = Bytes(32, std::byte{0xab});
    parameters.aa = *MacAddress::parse(kPeer);
    parameters.spa = *MacAddress::parse(kOwn);
    parameters.anonce.fill(std::byte{0x5a});
  }

  /// Loads a module that was built with this program: "reference", a faulty one's name.
  Json load(const std::string& module = "reference", Json ihv = Json::object()) {
    return host.command("load", {{"module", POSTASSOC_IHV_MODULES "/" + module + ".so"},
                                 {"ihv", std::move(ihv)},
                                 {"ui_answer", to_hex(std::as_bytes(std::span(kPassphrase)))},
                                 {"capabilities", {{"auth", {7}}, {"ciphers", {4, 6}}}}});
  }

  /// Up to the end of pre-association.
  Json prepare(bool psk_in_profile = true) {
    host.command("InitAdapter", {{"description", "phy0"}});
    return prepare_again(psk_in_profile);
  }

  Json prepare_again(bool psk_in_profile = true) {
    const std::size_t from = host.lines.size();
    const std::string psk = "<psk>" + to_hex(parameters.pmk) + "</psk>";
    const Json done =
        host.command("PerformPreAssociate",
                     {{"ssid", to_hex(std::as_bytes(std::span(kSsid)))},
                      {"security_xml", "<IHV>" + (psk_in_profile ? psk : "") + "</IHV>"}});
    if (done.value("error", 1) != 0) {
      return nullptr;
    }
    const Json line =
        host.wait_for([](const Json& one) { return one.contains("pre_associated"); }, from);
    return line.is_null() ? line : line["pre_associated"];
  }

  Json associate() {
    const std::string rsne = to_hex(build_rsne(parameters.rsne));
    return host.command("PerformPostAssociate", {{"peer", kPeer},
                                                 {"own", kOwn},
                                                 {"assoc_request",
                                                  "31040a00"
                                                  "00036c6162" +
                                                      rsne},
                                                 {"assoc_response", "310400000100"},
                                                 {"beacon", std::string(24, '0') + rsne},
                                                 {"auth", 7},
                                                 {"unicast", 4},
                                                 {"multicast", 4},
                                                 {"management", 0}});
  }

  /// The whole way to an associated station: load, prepare, associate.
  void start(const std::string& module = "reference", Json ihv = Json::object()) {
    load(module, std::move(ihv));
    prepare();
    associate();
  }

  void receive(ByteView pdu, bool is_protected = false, const std::string& ethertype = "888e") {
    host.command("ReceivePacket", {{"peer", kPeer},
                                   {"ethertype", ethertype},
                                   {"data", to_hex(pdu)},
                                   {"protected", is_protected}});
  }

  /// Waits for the next packet of the module, parsed; nothing when none comes.
  std::optional<EapolKey> next_sent() {
    const Json line =
        host.wait_for([](const Json& one) { return one.value("what", "") == "SendPacket"; },
                      sent_from_, std::chrono::seconds(2));
    if (line.is_null()) {
      return std::nullopt;
    }
    sent_from_ =
        static_cast<std::size_t>(std::ranges::find(host.lines, line) - host.lines.begin()) + 1;
    last_pdu = *from_hex(line["data"].get<std::string>());
    const auto eapol = parse_eapol(last_pdu);
    const auto key = eapol ? parse_eapol_key(*eapol, 16) : Result<EapolKey>(eapol.error());
    return key ? std::optional(*key) : std::nullopt;
  }

  /// Sends message 1 and takes the nonce of message 2: from here `pdus` is right.
  bool begin_handshake(bool is_protected = false) {
    pdus = *build_handshake(parameters);
    receive(pdus.m1, is_protected);
    const auto m2 = next_sent();
    if (!m2) {
      return false;
    }
    parameters.snonce = m2->nonce;
    pdus = *build_handshake(parameters);
    return true;
  }

  /// The whole 4-way handshake, up to message 4.
  bool handshake(bool is_protected = false) {
    if (!begin_handshake(is_protected)) {
      return false;
    }
    receive(pdus.m3, is_protected);
    return next_sent().has_value();
  }

  bool last_mic_is_right() const {
    const auto right = verify_mic(pdus.ptk.kck, parameters.akm, last_pdu);
    return right && *right;
  }

  /// Waits for the nth completion of the post-association operation: its begin record.
  Json completion(std::size_t nth = 1) {
    std::size_t seen = 0;
    const Json line = host.wait_for([&](const Json& one) {
      const Json record = one.value("record", Json::object());
      return record.value("event", "") == "ihv_begin" &&
             record.value("function", "") == "Dot11ExtPostAssociateCompletion" && ++seen == nth;
    });
    return line.is_null() ? line : line["record"];
  }

  /// Everything that ends a module's life, in order.
  void finish() {
    host.command("StopPostAssociate", {{"peer", kPeer}, {"status", 7}});
    host.command("AdapterReset");
    host.command("DeinitAdapter");
    host.command("DeinitService");
  }

  HandshakePdus pdus;
  Bytes last_pdu;

 private:
  static constexpr std::string_view kSsid = "lab";
  static constexpr std::string_view kPassphrase = "correct horse";
  std::size_t sent_from_ = 0;
};

}  // namespace postassoc::module_host
