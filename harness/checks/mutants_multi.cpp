#include "harness/checks/mutant_inject.h"
#include "harness/checks/mutant_tools.h"
#include "harness/checks/mutants.h"

/// Several associations: what one takes over from another.
namespace postassoc::checks {
namespace {

using std::chrono::milliseconds;

/// The first two associations with their handshakes.
struct Two {
  FourMessages before, after;
};
std::optional<Two> two(EvidenceEditor& b) {
  const auto all = initial_handshakes(b);
  return all.size() < 2 ? std::nullopt : std::optional(Two{all[0], all[1]});
}

bool same_snonce(EvidenceEditor& b) {
  const auto found = two(b);
  if (found) {
    found->after.m2->key->nonce = found->before.m2->key->nonce;
  }
  return found.has_value();
}

/// A frame of the first association's data, sent after `time` under a key that
/// does not fit.
std::optional<AirProtected> sent_again(const Association& association, Timestamp time) {
  for (const AirProtected& frame : association.protected_data) {
    if (frame.direction == Direction::from_station && !frame.retry) {
      AirProtected again = frame;
      again.time = time;
      again.pn += 1000;
      again.sequence_number = static_cast<std::uint16_t>(again.sequence_number + 1000);
      return again;
    }
  }
  return std::nullopt;
}

bool old_key_before_m4(EvidenceEditor& b) {
  const auto found = two(b);
  auto frame = found ? sent_again(*found->before.association, found->after.m2->time)
                     : std::optional<AirProtected>{};
  if (!frame) {
    return false;
  }
  frame->frame = found->after.m2->frame;
  frame->handshake = kNoKey;
  frame->plaintext.reset();
  auto& data = found->after.association->protected_data;
  data.insert(data.begin(), *frame);
  return true;
}

/// The second association names a PMKSA that the station kept.
bool cached_pmksa(EvidenceEditor& b) {
  const auto found = two(b);
  if (!found) {
    return false;
  }
  const Bytes old = found->after.association->rsne;
  Bytes named = old;
  named[1] = static_cast<std::byte>(static_cast<unsigned>(named[1]) + 18);
  named.push_back(std::byte{1});
  named.push_back(std::byte{0});
  named.insert(named.end(), 16, std::byte{0x4d});
  Bytes& key_data = found->after.m2->key->key_data;
  if (key_data != old) {
    return false;
  }
  key_data = named;
  found->after.association->rsne = named;
  return true;
}

/// The second association is with another access point.
bool roams(EvidenceEditor& b) {
  const auto found = two(b);
  if (!found) {
    return false;
  }
  Association& after = *found->after.association;
  after.bssid = *MacAddress::parse("02:00:00:00:07:00");
  for (Event& e : b.events) {
    if (e.name == "rdev_add_key" && e.side == Side::station && flag(e, "pairwise") == true &&
        e.time > after.request_time) {
      e.detail["mac"] = to_string(after.bssid);
    }
  }
  return true;
}

bool data_to_the_old_bss(EvidenceEditor& b) {
  const auto found = two(b);
  auto frame = found ? sent_again(*found->before.association,
                                  *found->after.association->response_time + milliseconds(1))
                     : std::optional<AirProtected>{};
  if (!frame || found->before.association->bssid == found->after.association->bssid) {
    return false;
  }
  frame->frame = *found->after.association->response_frame + 1;
  found->before.association->protected_data.push_back(*frame);
  return true;
}

// --- fragments
// ------------------------------------------------------------------------------------

constexpr const char* kForm = "fragments_across_associations";

/// First fragments come before the second association and second ones in it: nothing is put
/// together, but two fragments of the second one.
bool fragments_across(EvidenceEditor& b) {
  const auto found = two(b);
  if (!found) {
    return false;
  }
  std::vector<Injection> frames = times(4, {"udp", kForm});
  frames.back().control = true;
  inject(b, found->after.m4->time + milliseconds(20), frames);
  return true;
}

bool fragments_joined(EvidenceEditor& b) {
  return deliver_first(b, [](const Injected& one) { return one.form == kForm; });
}

}  // namespace

std::vector<Mutant> multi_mutants() {
  const Also nonces{"eapol.nonces-fresh", "an SNonce came twice"};
  return {
      {"the second association has the SNonce of the first",
       fixture::kReconnect,
       same_snonce,
       "multi.reassoc-same-bss",
       {nonces}},
      {"data goes out under the old key before message 4 of the second "
       "association",
       fixture::kReconnect,
       old_key_before_m4,
       "multi.reassoc-same-bss",
       {{"order.initial-m4-clear-then-protected", "it is protected data before message 4"}}},
      {"with a cached PMK the old SNonce is used",
       fixture::kReconnect,
       same_snonce,
       "multi.pmksa-reconnect",
       {nonces, {"multi.reassoc-same-bss", "it joins the same BSS again"}},
       cached_pmksa},
      {"data goes to the old BSS after a roam",
       fixture::kReconnect,
       data_to_the_old_bss,
       "multi.roam-state-isolated",
       {},
       roams},
      {"fragments of two associations are put together",
       fixture::kReconnect,
       fragments_joined,
       "multi.fragment-cache-cleared",
       {},
       fragments_across},
  };
}

}  // namespace postassoc::checks
