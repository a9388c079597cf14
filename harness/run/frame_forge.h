#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "harness/run/injection_frames.h"
#include "harness/run/injection_keys.h"

namespace postassoc {

/// What is sent for one injected frame.
struct Forged {
  std::vector<Bytes> mpdus;  ///< in order, without FCS
  /// Of the frame that a first fragment began, when this is the second one.
  std::string tag;
};

/// Builds the MPDUs of every form, and keeps what has to go on from frame to frame: sequence
/// numbers, packet numbers, first fragments whose second ones are yet to come.
///
/// Protected frames, fragments and A-MSDUs are QoS data of kInjectionTid, which nobody else uses
/// here, with packet numbers far above those of the access point. A station keeps the highest
/// packet number per TID (IEEE 802.11-2020, 12.5.3.4.4), so that it goes on taking what the access
/// point sends under other TIDs. One that keeps a single number for all rejects that from here on,
/// until its next key.
class FrameForge {
 public:
  static constexpr std::uint64_t kAhead = 0x10000;  ///< of the access point's packet numbers

  /// `default_cipher`: of protected frames under a wrong key while no key is known.
  explicit FrameForge(Suite default_cipher) : default_cipher_(default_cipher) {}

  /// The frame (its sequence number is set here) in a form. `index` counts the frames of a step:
  /// forms that go by turns take it. An Error when a key is needed that is not there.
  Result<Forged> build(InjectionFrame frame, step::FrameForm form, step::FragmentPart part,
                       const InjectionKeys& keys, std::uint64_t index);
  /// An EAPOL PDU in the access point's name, plain or under the newest pairwise key.
  Result<Bytes> build_eapol(const InjectionFrame& frame, ByteView pdu, bool under_key,
                            const InjectionKeys& keys);
  Bytes build_management(InjectionFrame frame);

  /// The source address of a frame under a wrong key: it tells the frame even where a station
  /// delivers what it did not decrypt. Of the number in its tag.
  static MacAddress source_of(std::uint64_t tag_number);

 private:
  struct Pending {
    std::string tag;
    InjectionFrame frame;
    std::uint64_t pn = 0;
    Bytes key;  ///< of the first fragment; empty: in clear
  };

  Result<Forged> fragments(InjectionFrame frame, step::FrameForm form, step::FragmentPart part,
                           const InjectionKeys& keys, std::uint64_t index);
  Result<Bytes> fragment(const InjectionFrame& frame, bool second, const InjectionKey* key,
                         std::uint64_t pn) const;
  Result<Bytes> lone_fragment(InjectionFrame frame, bool second, const InjectionKey* key);
  Result<Bytes> amsdu(InjectionFrame frame, step::FrameForm form, const InjectionKeys& keys);
  Result<Bytes> single(const InjectionFrame& frame, const InjectionKey& key, bool wrong);
  Result<InjectionKey> key_for(const InjectionFrame& frame, const InjectionKeys& keys,
                               bool wrong) const;
  /// The first of `count` packet numbers that nobody used under the key.
  std::uint64_t take_pns(const InjectionKey& key, std::uint64_t count);
  std::uint16_t next_sequence_number(bool qos);

  Suite default_cipher_;
  std::map<Bytes, std::uint64_t> next_pn_;  ///< by key
  std::map<step::FrameForm, std::vector<Pending>> pending_;
  std::uint16_t sequence_ = 0x800;
  std::uint16_t qos_sequence_ = 0x100;
};

}  // namespace postassoc
