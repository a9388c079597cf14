#include <array>

#include "harness/exclusion_cells.h"
#include "harness/run/runner.h"

// The exclude-unencrypted prover: every kind of payload in every shape and protection.
namespace postassoc {
namespace {

using step::FrameForm;
using step::FrameKind;

FrameKind kind_of(GridPayload payload) {
  switch (payload) {
    case GridPayload::ipv4:
      return FrameKind::udp;
    case GridPayload::ipv6:
      return FrameKind::ipv6;
    case GridPayload::arp:
      return FrameKind::arp;
    case GridPayload::eapol:
      return FrameKind::eapol;
    case GridPayload::preauth:
      return FrameKind::preauth;
    case GridPayload::ethertype:
      return FrameKind::ethertype;
  }
  return FrameKind::udp;
}

/// In clear, under a wrong key and under the right one: as GridProtection.
using Forms = std::array<FrameForm, kGridProtections.size()>;

FrameForm form_of(GridShape shape, GridProtection protection) {
  constexpr Forms kWhole = {FrameForm::plain, FrameForm::wrong_key, FrameForm::protected_};
  constexpr Forms kFragments = {FrameForm::fragments_plain, FrameForm::fragments_wrong_key,
                                FrameForm::fragments_protected};
  constexpr Forms kAmsdu = {FrameForm::amsdu_cloaked, FrameForm::amsdu_wrong_key,
                            FrameForm::amsdu_protected};
  const Forms& forms = shape == GridShape::fragment ? kFragments
                       : shape == GridShape::amsdu  ? kAmsdu
                                                    : kWhole;
  return forms.at(static_cast<std::size_t>(protection));
}

step::Inject action_of(const step::ProveExclusion& prove, GridPayload payload, GridShape shape,
                       FrameForm form) {
  step::Inject action;
  action.frame = kind_of(payload);
  action.form = form;
  action.ethertype = prove.ethertype;
  action.to_group = is_group(shape);
  action.multicast = shape == GridShape::multicast;
  // A group frame with a packet for one host: the hole that broadcast addresses open.
  action.unicast_payload = shape == GridShape::broadcast;
  if (action.unicast_payload) {
    action.receiver = kBroadcast;  // of EAPOL as well, whose group is another
  }
  // EAPOL to the broadcast address is nobody's business, under any key.
  action.control =
      step::is_sound(form) && !(payload == GridPayload::eapol && action.unicast_payload);
  return action;
}

}  // namespace

/// One cell's frame number `index`, plain, under a wrong key and under the right one, so that each
/// has its control beside it.
Task<> Recorder::prove_cell(const step::ProveExclusion& prove, const InjectionKeys& keys,
                            GridPayload payload, GridShape shape, std::uint64_t index) {
  for (const GridProtection protection : kGridProtections) {
    const FrameForm form = form_of(shape, protection);
    const bool keyless = is_group(shape) ? keys.group.empty() : keys.pairwise.empty();
    if (step::is_sound(form) && keyless) {
      continue;
    }
    const step::Inject action = action_of(prove, payload, shape, form);
    nlohmann::json detail;
    const auto mpdus = forge(action, keys, index, detail);
    if (!mpdus) {
      co_return mpdus.error();
    }
    detail["proof"] = step_pointer_;
    detail["payload"] = to_string(payload);
    detail["shape"] = to_string(shape);
    detail["protection"] = to_string(protection);
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
  for (const GridPayload payload : kGridPayloads) {
    for (const GridShape shape : kGridShapes) {
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
