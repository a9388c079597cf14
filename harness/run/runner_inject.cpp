#include <fmt/format.h>

#include <algorithm>

#include "harness/evidence.h"
#include "harness/run/injection_eapol.h"
#include "harness/run/runner.h"

// Steps that put frames on the air in somebody's name.
namespace postassoc {
namespace {

using step::EapolVariant;
using step::FrameForm;
using step::FrameKind;

/// A frame that was sent before this is in the capture by then, and its beacon is there.
constexpr std::chrono::seconds kAirIsIn{5};

bool wants_keys(const step::Inject& action) {
  return action.variant || step::needs_key(action.form) || step::is_under_wrong_key(action.form);
}

}  // namespace

bool needs_live_air(const Plan& plan) {
  return std::any_of(plan.scenario.steps.begin(), plan.scenario.steps.end(), [](const Step& step) {
    const auto* inject = std::get_if<step::Inject>(&step.action);
    return (inject != nullptr && wants_keys(*inject)) ||
           std::holds_alternative<step::ProveExclusion>(step.action);
  });
}

MacAddress Recorder::current_bssid() const {
  const auto second = rig_.access_point->second_bssid();
  return at_second_bss_ && second ? *second : rig_.access_point->bssid();
}

/// Everything sent before a beacon is in the capture once that beacon is.
Task<InjectionKeys> Recorder::keys_on_air() {
  auto in = co_await rig_.air->await_beacon(rig_.access_point->bssid(), kAirIsIn);
  if (!in) {
    co_return in.error();
  }
  AirQuestion question;
  question.bssids = {rig_.access_point->bssid()};
  if (const auto second = rig_.access_point->second_bssid()) {
    question.bssids.push_back(*second);
  }
  question.station = rig_.station->address();
  question.secrets = air_secrets(secrets_);
  question.tag_nonce = plan_.tag_nonce;
  const auto air = live_air_.read(question);
  if (!air) {
    co_return air.error();
  }
  co_return injection_keys(*air, question.secrets);
}

InjectionFrame Recorder::injection_frame(const step::Inject& action) {
  InjectionFrame frame;
  frame.kind = action.frame;
  frame.to_group = action.to_group;
  frame.bssid = current_bssid();
  frame.station = rig_.station->address();
  frame.ethertype = action.ethertype;
  frame.sender = action.sender;
  frame.multicast = action.multicast;
  frame.unicast_payload = action.unicast_payload;
  frame.receiver = action.receiver;
  frame.source = action.source;
  return frame;
}

/// One frame of a step, and in `detail` what its event says.
Result<std::vector<Bytes>> Recorder::forge(const step::Inject& action, const InjectionKeys& keys,
                                           std::uint64_t index, nlohmann::json& detail) {
  InjectionFrame frame = injection_frame(action);
  detail = {{"tag", ""},
            {"frame", to_string(action.frame)},
            {"form", to_string(action.form)},
            {"to_group", action.to_group},
            {"control", action.control},
            {"from", to_string(action.sender)}};
  if (step::is_management(action.frame)) {
    return std::vector<Bytes>{forge_.build_management(frame)};
  }
  if (action.variant) {
    detail["variant"] = to_string(*action.variant);
    const auto pdu = build_eapol_variant(*action.variant, keys, index, action.seed);
    if (!pdu) {
      return pdu.error();
    }
    auto mpdu = forge_.build_eapol(frame, *pdu, action.form == FrameForm::protected_, keys);
    return mpdu ? Result<std::vector<Bytes>>(std::vector<Bytes>{std::move(*mpdu)}) : mpdu.error();
  }
  frame.tag = next_tag();
  if (step::is_under_wrong_key(action.form) && !frame.source) {
    frame.source = FrameForge::source_of(tags_);
    detail["source"] = to_string(*frame.source);
  }
  if (action.frame == FrameKind::ethertype) {
    detail["ethertype"] = action.ethertype;
  }
  auto forged = forge_.build(std::move(frame), action.form, action.part, keys, index);
  if (!forged) {
    return forged.error();
  }
  detail["tag"] = forged->tag;
  return std::move(forged->mpdus);
}

Task<> Recorder::send_forged(const std::vector<Bytes>& mpdus, nlohmann::json detail,
                             step::FragmentPart part, std::optional<double> rate_mbps) {
  std::size_t length = 0;
  for (const Bytes& mpdu : mpdus) {
    length += mpdu.size();
  }
  detail["length"] = length;
  // A frame is injected with its last fragment.
  const bool first_only = part == step::FragmentPart::first;
  log_.emit(Witness::harness, first_only ? "injected_first_fragment" : "injected",
            std::move(detail));
  for (const Bytes& mpdu : mpdus) {
    auto sent = co_await rig_.injector->inject(mpdu, rate_mbps);
    if (!sent) {
      co_return sent.error();
    }
  }
  co_return Result<>{};
}

Recorder::StepTask Recorder::act(const step::Inject& action) {
  if (!rig_.injector) {
    co_return Error{Fault::lab, "the rig has no injector", {}};
  }
  InjectionKeys keys;
  if (wants_keys(action)) {
    auto known = co_await keys_on_air();
    if (!known) {
      co_return known.error();
    }
    keys = std::move(*known);
  }
  for (int i = 0; i < action.count; ++i) {
    nlohmann::json detail;
    const auto mpdus = forge(action, keys, static_cast<std::uint64_t>(i), detail);
    if (!mpdus) {
      co_return mpdus.error();
    }
    auto sent = co_await send_forged(*mpdus, std::move(detail), action.part, action.rate_mbps);
    if (!sent) {
      co_return sent.error();
    }
    auto waited = co_await log_.wait(action.interval);
    if (!waited) {
      co_return waited.error();
    }
  }
  co_return StepResult(std::nullopt);
}

}  // namespace postassoc
