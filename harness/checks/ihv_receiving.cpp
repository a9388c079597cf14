#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <set>

#include "harness/checks/ihv_keys.h"
#include "harness/checks/ihv_lists.h"
#include "harness/checks/ihv_ports.h"
#include "harness/checks/registry.h"

/// Receiving: PA-41 to PA-45 of the IHV contract.
namespace postassoc::checks {
namespace {

// DOT11_EXEMPT_* and DOT11_EXEMPT_UNICAST.
constexpr std::int64_t kAlways = 1;
constexpr std::int64_t kOnKeyMappingKeyUnavailable = 2;
constexpr std::int64_t kUnicast = 1;

constexpr std::int64_t kPacketHeader = 8;  // of DOT11_SECURITY_PACKET_HEADER
constexpr std::int64_t kLongestPacket = 4096;
constexpr std::byte kOverwritten{0xa5};  // what the module host writes over buffers

constexpr std::chrono::nanoseconds kIndicatedWithin = std::chrono::seconds(1);
constexpr const char* kNoPacket = "no packet was indicated";

const std::vector<const IhvCall*>& indications(const IhvTrace& trace) {
  return trace.calls_of(ihv::kReceivePacket);
}

/// Every moment at which the host told of a packet: indicated, queued or dropped.
std::vector<Timestamp> told_packets(const IhvTrace& trace) {
  std::vector<Timestamp> times;
  auto marks = trace.marks("ihv_packet_queued");
  if (marks.empty()) {
    for (const IhvCall* call : indications(trace)) {
      times.push_back(call->begin->time);
    }
  }
  const auto& dropped = trace.marks("ihv_packet_dropped");
  for (const IhvMark& mark : dropped) {
    if (text(*mark.event, "why") != "backlog") {  // that one was queued before
      marks.push_back(mark);
    }
  }
  for (const IhvMark& mark : marks) {
    times.push_back(mark.event->time);
  }
  std::sort(times.begin(), times.end());
  return times;
}

/// Each EAPOL frame that the kernel passed on while a port was up was indicated, queued or dropped.
void judge_nothing_lost(IhvTally& tally) {
  const Evidence& evidence = tally.evidence();
  if (const auto why = trace_unusable(evidence)) {
    tally.doubt("that no packet was lost is not shown: " + *why);
    return;
  }
  std::vector<Timestamp> told = told_packets(tally.trace());
  for (const IhvSession& session : tally.trace().sessions()) {
    const Timestamp from = session.perform->begin->time;
    const Event* over = session.end();
    const IhvMark* broke = tally.trace().broke_after(session.perform->begin_at);
    Timestamp until = over != nullptr ? over->time : evidence.timeline.events().back().time;
    until =
        (broke != nullptr ? std::min(until, broke->event->time) : until) - kIndicatedWithin / 10;
    for (const Event* frame : evidence.timeline.between(
             from, until, named(Witness::kernel, Side::station, "cfg80211_rx_control_port"))) {
      const auto match = std::find_if(told.begin(), told.end(), [&](Timestamp time) {
        return time >= frame->time - std::chrono::milliseconds(5) &&
               time <= frame->time + kIndicatedWithin;
      });
      if (match == told.end()) {
        tally.breach(*frame, "the kernel passed an EAPOL frame on, and it was not indicated");
      } else {
        told.erase(match);
      }
    }
  }
}

/// SEED; RECV; COMM.
Finding judge_registered_only(const Evidence& evidence) {
  IhvTally tally("ihv.pa-41", evidence,
                 "packets of registered EtherTypes are indicated, all of them, and no others");
  const IhvTrace& trace = tally.trace();
  for (const IhvCall* packet : indications(trace)) {
    const std::string ethertype = ihv_lower(packet->argument_text("ethertype"));
    tally.occasion(*packet);
    if (!lists_at(trace, packet->begin_at).registered(ethertype)) {
      tally.breach(*packet, fmt::format("a packet of EtherType {} was indicated, which is not "
                                        "registered",
                                        ethertype));
    }
  }
  judge_nothing_lost(tally);
  return tally.finish("indicated packet", kNoPacket);
}

/// SEED; COMM.
Finding judge_serialised(const Evidence& evidence) {
  IhvTally tally("ihv.pa-42", evidence, "one ReceivePacket at a time, in the order of arrival");
  const IhvCall* before = nullptr;
  for (const IhvCall* packet : indications(tally.trace())) {
    tally.occasion(*packet);
    if (before != nullptr && before->returned() && before->end_at > packet->begin_at) {
      tally.breach(*packet, fmt::format("{} began while {} was under way", name_of(*packet),
                                        name_of(*before)));
    }
    const auto number = packet->argument("packet");
    const auto last = before == nullptr ? std::nullopt : before->argument("packet");
    if (number && last && *number < *last) {
      tally.breach(*packet, fmt::format("packet {} was indicated after packet {}", *number, *last));
    }
    before = packet;
  }
  return tally.finish("indicated packet", kNoPacket);
}

/// The host's queue of packets, followed through the trace.
class Backlog {
 public:
  explicit Backlog(IhvTally& tally) : tally_(&tally) {}

  void follow() {
    const IhvTrace& trace = tally_->trace();
    for (const char* name : {"ihv_packet_queued", "ihv_packet_dropped"}) {
      for (const IhvMark& mark : trace.marks(name)) {
        steps_.push_back({mark.at, mark.event, number(*mark.event, "packet").value_or(-1)});
      }
    }
    for (const IhvCall* call : indications(trace)) {
      const std::int64_t packet = call->argument("packet").value_or(-1);
      steps_.push_back({call->begin_at, call->begin, packet});
      if (call->returned()) {
        steps_.push_back({call->end_at, call->end, packet});
      }
    }
    std::sort(steps_.begin(), steps_.end(),
              [](const Step& a, const Step& b) { return a.at < b.at; });
    for (const Step& step : steps_) {
      take(step);
    }
  }

 private:
  struct Step {
    std::size_t at;
    const Event* event;
    std::int64_t packet;
  };

  void take(const Step& step) {
    if (step.event->name == "ihv_return") {
      busy_ = false;
    } else if (step.event->name == "ihv_begin") {
      busy_ = true;
      queue_.erase(step.packet);
    } else if (step.event->name == "ihv_packet_queued") {
      queue_.insert(step.packet);
      count(step);
    } else if (text(*step.event, "why") == "backlog") {
      drop(step);
    }
  }

  /// One above the limit is dropped at once; two above it were kept.
  void count(const Step& step) {
    const auto limit = static_cast<std::size_t>(
        std::max<std::int64_t>(0, lists_at(tally_->trace(), step.at).max_backlog));
    if (busy_ && queue_.size() > limit + 1) {
      tally_->breach(*step.event, fmt::format("{} waited, and uMaxBackLog is {}",
                                              count_of(queue_.size(), "packet"), limit));
    }
  }

  void drop(const Step& step) {
    tally_->occasion(*step.event);
    if (!queue_.empty() && *queue_.begin() < step.packet) {
      tally_->breach(*step.event, fmt::format("packet {} was dropped, and packet {} is older",
                                              step.packet, *queue_.begin()));
    }
    queue_.erase(step.packet);
  }

  IhvTally* tally_;
  std::vector<Step> steps_;
  std::set<std::int64_t> queue_;
  bool busy_ = false;
};

/// D:set_ethertype_handling.
Finding judge_backlog(const Evidence& evidence) {
  IhvTally tally("ihv.pa-43", evidence,
                 "at most uMaxBackLog packets wait, and the oldest is dropped");
  if (tally.trace().marks("ihv_packet_queued").empty() && !indications(tally.trace()).empty()) {
    tally.doubt("the trace does not tell of the host's queue");
  }
  Backlog(tally).follow();
  return tally.finish("backlog drop", "no packet was dropped for want of room");
}

Bytes sha256(ByteView data) {
  Bytes digest(EVP_MAX_MD_SIZE);
  unsigned length = 0;
  EVP_Digest(data.data(), data.size(), reinterpret_cast<unsigned char*>(digest.data()), &length,
             EVP_sha256(), nullptr);
  digest.resize(length);
  return digest;
}

/// The packet's payload is one octet again and again, by the digest that the trace has of it.
bool carries_overwritten(const IhvCall& send) {
  const auto destination = MacAddress::parse(send.argument_text("destination"));
  const auto ethertype = from_hex(send.argument_text("ethertype"));
  const auto length = send.argument("length").value_or(0);
  const auto digest = from_hex(send.argument_text("data_sha256"));
  if (!destination || !ethertype || !digest || length <= kPacketHeader || length > kLongestPacket) {
    return false;
  }
  Bytes packet(static_cast<std::size_t>(length), kOverwritten);
  for (std::size_t i = 0; i < destination->octets.size(); ++i) {
    packet[i] = static_cast<std::byte>(destination->octets[i]);
  }
  std::copy_n(ethertype->begin(), std::min<std::size_t>(2, ethertype->size()), packet.begin() + 6);
  return sha256(packet) == *digest;
}

/// Judgement, inferred.
Finding judge_receive_buffer(const Evidence& evidence) {
  IhvTally tally("ihv.pa-44", evidence, "a received packet's buffer is not used after the call");
  const IhvTrace& trace = tally.trace();
  std::set<std::int64_t> overwritten;
  for (const IhvMark& mark : trace.marks("ihv_buffer_poisoned")) {
    overwritten.insert(number(*mark.event, "call").value_or(-1));
  }
  std::size_t last = 0;
  for (const IhvCall* packet : indications(trace)) {
    if (packet->number > 0 && overwritten.contains(packet->number)) {
      tally.occasion(*packet);
      last = packet->end_at;
    } else if (packet->returned()) {
      tally.doubt("the host did not overwrite the buffers of indicated packets");
    }
  }
  for (const IhvCall* send : trace.calls_of(ihv::kSendPacket)) {
    if (is_overwritten(send->argument_text("destination")) || carries_overwritten(*send)) {
      tally.breach(*send, fmt::format("{} carries octets that the host wrote over a buffer after "
                                      "its call had returned",
                                      name_of(*send)));
    }
  }
  const IhvMark* broke = last == 0 ? nullptr : trace.broke_after(last);
  if (broke != nullptr && broke->event->name == "ihv_module_crash") {
    tally.doubt("the module crashed after buffers were overwritten, and why is not shown");
  }
  return tally.finish("indicated packet", kNoPacket);
}

/// A key-mapping key for the peer is in the adapter at that moment.
bool has_mapping_key(const std::vector<IhvKeyCall>& keys, const IhvSession& session,
                     std::size_t at) {
  bool there = false;
  for (const IhvKeyCall& key : keys) {
    if (key.mapping && key.call->succeeded() && key.call->end_at < at &&
        key.call->begin_at > session.perform->begin_at) {
      there = !key.deletes;
    }
  }
  return there;
}

/// Why a queued packet should have been dropped by its exemption; empty when not.
std::string must_drop(const IhvExemption& exemption, bool is_protected, bool keyed) {
  if (exemption.action == kAlways && is_protected) {
    return "was encrypted, and its EtherType is always exempt: to be dropped";
  }
  if (exemption.action == kOnKeyMappingKeyUnavailable && !is_protected && keyed) {
    return "was not encrypted, and there was a key-mapping key for its sender: to be dropped";
  }
  return "";
}

/// What the rule says of a packet that the host let pass or dropped.
void judge_exempt(IhvTally& tally, const std::vector<IhvKeyCall>& keys, const IhvMark& mark,
                  const IhvExemption& exemption) {
  const auto is_protected = flag(*mark.event, "protected");
  if (!is_protected) {
    tally.doubt("the trace does not tell whether a packet was encrypted");
    return;
  }
  const IhvSession* session = tally.trace().session_at(mark.at);
  const bool keyed = session != nullptr && has_mapping_key(keys, *session, mark.at);
  const std::string why = must_drop(exemption, *is_protected, keyed);
  const bool passed = mark.event->name == "ihv_packet_queued";
  const std::string packet = "a packet of EtherType " + exemption.ethertype;
  tally.occasion(*mark.event);
  if (passed && !why.empty()) {
    tally.breach(*mark.event, packet + " passed and " + why);
  } else if (!passed && why.empty()) {
    tally.breach(*mark.event, packet + " was dropped, and its exemption lets it pass");
  }
}

bool dropped_by_rule(const IhvMark& mark) {
  const std::string why = text(*mark.event, "why");
  return why == "exemption" || why == "unencrypted";
}

/// D:DOT11_PRIVACY_EXEMPTION; O:OID_DOT11_PRIVACY_EXEMPTION_LIST.
Finding judge_exemptions(const Evidence& evidence) {
  IhvTally tally("ihv.pa-45", evidence, "packets pass or not by the exemption of their EtherType");
  const IhvTrace& trace = tally.trace();
  const auto keys = ihv_key_calls(trace);
  std::vector<IhvMark> packets = trace.marks("ihv_packet_queued");
  const auto& dropped = trace.marks("ihv_packet_dropped");
  std::copy_if(dropped.begin(), dropped.end(), std::back_inserter(packets), dropped_by_rule);
  for (const IhvMark& mark : packets) {
    const std::string ethertype = ihv_lower(text(*mark.event, "ethertype"));
    for (const IhvExemption& exemption : lists_at(trace, mark.at).exemptions) {
      if (exemption.ethertype == ethertype && (exemption.packet_type & kUnicast) != 0) {
        judge_exempt(tally, keys, mark, exemption);
      }
    }
  }
  return tally.finish("exempt packet", "no packet of an exempt EtherType came");
}

}  // namespace

std::vector<Check> ihv_receiving_checks() {
  return {
      ihv_check({.id = "ihv.pa-41",
                 .rule = "The host indicates the packets of registered EtherTypes, all of them "
                         "while a port is up (but for backlog), and no others.",
                 .why = "A lost message costs a retry of the access point, or the connection.",
                 .source = "IHV contract PA-41 (host; seed): Performing a Post-Association "
                           "Operation; Receive Operations; 802.11 WLAN Adapter Communication "
                           "Channel",
                 .provoke = "any scenario with station.module that associates",
                 .needs = "the trace of calls; kernel trace: cfg80211_rx_control_port",
                 .inconclusive = "there is no kernel trace of the station (a real system)",
                 .gates = {"gate.clock-aligned"}},
                judge_registered_only),
      ihv_check({.id = "ihv.pa-42",
                 .rule = "ReceivePacket calls of an adapter do not overlap, and come in the order "
                         "of arrival.",
                 .why = "Messages out of order fail the handshake; overlapping ones race in the "
                        "module.",
                 .source = "IHV contract PA-42 (host; seed): Performing a Post-Association "
                           "Operation; 802.11 WLAN Adapter Communication Channel",
                 .provoke = "any scenario with station.module that associates"},
                judge_serialised),
      ihv_check({.id = "ihv.pa-43",
                 .rule = "While a ReceivePacket is under way at most uMaxBackLog packets wait; of "
                         "more the oldest is dropped.",
                 .why = "To drop the newest keeps the stale message and loses the one that "
                        "counts.",
                 .source = "IHV contract PA-43 (host; documented): "
                           "DOT11EXT_SET_ETHERTYPE_HANDLING",
                 .provoke = "a module that is slow in ReceivePacket, and a burst of EAPOL frames",
                 .needs = "the trace, with the host's queue"},
                judge_backlog),
      ihv_check({.id = "ihv.pa-44",
                 .rule = "The module does not use a received packet's buffer after ReceivePacket "
                         "returned.",
                 .why = "The memory is the host's, and holds the next packet by then.",
                 .source = "IHV contract PA-44 (module; inferred)",
                 .provoke = "any scenario with station.module: the host overwrites the buffer",
                 .needs = "the trace; that the host overwrites buffers, and what is sent later",
                 .inconclusive = "the host did not overwrite buffers, or the module crashed after "
                                 "it; a stale read that never shows in a call is not seen"},
                judge_receive_buffer),
      ihv_check({.id = "ihv.pa-45",
                 .rule = "Exemptions apply by EtherType, packet type and Protected bit: always "
                         "exempt means that an encrypted one is dropped; exempt without a "
                         "key-mapping key, that an unencrypted one is dropped once there is one.",
                 .why = "An exemption applied too widely lets forged security packets in.",
                 .source = "IHV contract PA-45 (host; documented): DOT11_PRIVACY_EXEMPTION; "
                           "OID_DOT11_PRIVACY_EXEMPTION_LIST",
                 .provoke = "inject steps for eapol in clear after the keys; a rekey",
                 .needs = "the trace, with what the host queued and whether it was protected"},
                judge_exemptions),
  };
}

}  // namespace postassoc::checks
