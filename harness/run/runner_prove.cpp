#include <array>

#include "harness/run/runner.h"

// The exclude-unencrypted prover: every kind of payload in every shape and protection.
namespace postassoc {
namespace {

using step::FrameForm;
using step::FrameKind;

struct Payload {
  std::string_view name;
  FrameKind kind;
};
constexpr std::array kPayloads = {
    Payload{"ipv4", FrameKind::udp},        Payload{"ipv6", FrameKind::ipv6},
    Payload{"arp", FrameKind::arp},         Payload{"eapol", FrameKind::eapol},
    Payload{"preauth", FrameKind::preauth}, Payload{"ethertype", FrameKind::ethertype}};

/// To whom, and its forms in clear, under a wrong key and under the right one.
struct Shape {
  std::string_view name;
  bool to_group;
  bool multicast;
  std::array<FrameForm, 3> forms;
};
constexpr std::array<FrameForm, 3> kSingle = {FrameForm::plain, FrameForm::wrong_key,
                                              FrameForm::protected_};
constexpr std::array kShapes = {
    Shape{"unicast", false, false, kSingle}, Shape{"broadcast", true, false, kSingle},
    Shape{"multicast", true, true, kSingle},
    Shape{"fragment",
          false,
          false,
          {FrameForm::fragments_plain, FrameForm::fragments_wrong_key,
           FrameForm::fragments_protected}},
    Shape{"amsdu",
          false,
          false,
          {FrameForm::amsdu_cloaked, FrameForm::amsdu_wrong_key, FrameForm::amsdu_protected}}};
constexpr std::array<std::string_view, 3> kProtections = {"plain", "wrong_key", "right_key"};

step::Inject action_of(const step::ProveExclusion& prove, const Payload& payload,
                       const Shape& shape, FrameForm form) {
  step::Inject action;
  action.frame = payload.kind;
  action.form = form;
  action.ethertype = prove.ethertype;
  action.to_group = shape.to_group;
  action.multicast = shape.multicast;
  // A group frame with a packet for one host: the hole that broadcast addresses open.
  action.unicast_payload = shape.to_group && !shape.multicast;
  if (action.unicast_payload) {
    action.receiver = kBroadcast;  // of EAPOL as well, whose group is another
  }
  // EAPOL to the broadcast address is nobody's business, under any key.
  action.control =
      step::is_sound(form) && !(payload.kind == FrameKind::eapol && action.unicast_payload);
  return action;
}

}  // namespace

/// One cell's frame number `index`, plain, under a wrong key and under the right one, so that each
/// has its control beside it.
Task<> Recorder::prove_cell(const step::ProveExclusion& prove, const InjectionKeys& keys,
                            std::size_t payload, std::size_t shape, std::uint64_t index) {
  for (std::size_t i = 0; i < kProtections.size(); ++i) {
    const FrameForm form = kShapes.at(shape).forms.at(i);
    const bool keyless = kShapes.at(shape).to_group ? keys.group.empty() : keys.pairwise.empty();
    if (step::is_sound(form) && keyless) {
      continue;
    }
    const step::Inject action = action_of(prove, kPayloads.at(payload), kShapes.at(shape), form);
    nlohmann::json detail;
    const auto mpdus = forge(action, keys, index, detail);
    if (!mpdus) {
      co_return mpdus.error();
    }
    detail["proof"] = step_pointer_;
    detail["payload"] = kPayloads.at(payload).name;
    detail["shape"] = kShapes.at(shape).name;
    detail["protection"] = kProtections.at(i);
    auto sent = co_await send_forged(*mpdus, std::move(detail), action.part, std::nullopt);
    if (!sent) {
      co_return sent.error();
    }
    auto waited = co_await log_.wait(prove.interval);
    if (!waited) {
      co_return waited.error();
    }
  }
  co_return Result<>{};
}

Recorder::StepTask Recorder::act(const step::ProveExclusion& prove) {
  if (!rig_.injector) {
    co_return Error{Fault::lab, "the rig has no injector", {}};
  }
  const auto keys = co_await keys_on_air();
  if (!keys) {
    co_return keys.error();
  }
  for (std::size_t payload = 0; payload < kPayloads.size(); ++payload) {
    for (std::size_t shape = 0; shape < kShapes.size(); ++shape) {
      for (int i = 0; i < prove.count; ++i) {
        auto proved =
            co_await prove_cell(prove, *keys, payload, shape, static_cast<std::uint64_t>(i));
        if (!proved) {
          co_return proved.error();
        }
      }
    }
  }
  co_return StepResult(std::nullopt);
}

}  // namespace postassoc
