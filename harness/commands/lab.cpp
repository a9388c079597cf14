#include "harness/commands/lab.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <array>
#include <functional>
#include <string_view>
#include <utility>

#include "adapters/network/interface.h"
#include "harness/channel.h"

namespace postassoc {
namespace {

namespace fs = std::filesystem;

Result<fs::path> make_work_directory() {
  std::string pattern = (fs::temp_directory_path() / "postassoc-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) {
    return Error{Fault::lab, "can't make a folder for control sockets", pattern};
  }
  return fs::path(pattern);
}

Result<> take_radio(const std::optional<RadioSpec>& spec, std::string_view part, End& end) {
  if (!spec) {
    return Error{Fault::invalid_input, fmt::format("the rig names no radio for the {}", part), {}};
  }
  auto radio = find_radio(*spec);
  if (!radio) {
    return radio.error();
  }
  end.radio = std::move(*radio);
  auto where = create_namespace(std::string(part));
  if (!where) {
    return where.error();
  }
  end.where = std::move(*where);
  const auto moved = set_wiphy_namespace(end.radio->wiphy, {}, end.where);
  if (!moved) {
    return moved.error();
  }
  end.moved = true;
  const auto index = interface_index(end.where, end.interface());
  if (!index) {
    return index.error();
  }
  end.radio->interface.index = *index;
  return {};
}

Result<> take_address(const std::optional<MacAddress>& address, End& end) {
  if (!address) {
    return {};
  }
  if (auto down = set_down(end.where, end.interface()); !down) {
    return down.error();
  }
  if (auto set = set_mac(end.where, end.interface(), *address); !set) {
    return set.error();
  }
  end.own_address = end.radio->interface.mac;
  end.radio->interface.mac = *address;
  return {};
}

Result<> take_others(const Plan& plan, Lab& lab) {
  const auto wanted = static_cast<std::size_t>(plan.scenario.station.others);
  for (std::size_t i = 0; i < wanted; ++i) {
    lab.others.emplace_back();
    const auto& radios = plan.rig.other_stations;
    const auto radio = i < radios.size() ? std::optional(radios[i]) : std::nullopt;
    if (auto taken = take_radio(radio, "other station", lab.others.back()); !taken) {
      return taken.error();
    }
  }
  return {};
}

/// A monitor interface on a radio of its own, on the channel of the network.
Result<std::string> make_monitor(const RadioSpec& spec, int mhz, Lab& lab) {
  if (lab.made_monitor) {
    return lab.made_monitor->name;
  }
  const auto radio = find_radio(spec);
  if (!radio) {
    return radio.error();
  }
  for (const WirelessInterface& other : radio->wiphy.interfaces) {
    const auto down = set_down({}, other.name);
    if (!down) {
      return down.error();
    }
  }
  auto made = create_monitor(radio->wiphy, "pamon0");
  if (!made) {
    return made.error();
  }
  lab.made_monitor = *made;
  const auto up = set_up({}, made->name);
  if (!up) {
    return up.error();
  }
  const auto tuned = set_channel(*made, mhz);
  if (!tuned) {
    return tuned.error();
  }
  return made->name;
}

/// An interface that is there and is no radio's (hwsim0) is captured as it is; a radio gets a
/// monitor interface.
Result<> take_monitors(const Plan& plan, Lab& lab) {
  const RigSpec& rig = plan.rig;
  const auto frequency = frequency_mhz(plan.scenario.access_point.channel);
  if (!frequency) {
    return frequency.error();
  }
  if (!rig.monitor) {
    return Error{Fault::invalid_input, "the rig names no radio for the monitor", rig.file};
  }
  const auto& wanted = rig.monitor->interface;
  if (wanted && !find_radio(*rig.monitor)) {
    const auto up = set_up({}, *wanted);
    if (!up) {
      return Error{Fault::rig_unavailable, up.error().what, *wanted};
    }
    lab.monitor = *wanted;
  } else {
    auto made = make_monitor(*rig.monitor, *frequency, lab);
    if (!made) {
      return made.error();
    }
    lab.monitor = *made;
  }
  if (rig.injector) {
    auto made = make_monitor(*rig.injector, *frequency, lab);
    if (!made) {
      return made.error();
    }
    lab.injector = *made;
  }
  return {};
}

}  // namespace

Result<> take_lab(const Plan& plan, Lab& lab) {
  auto work_directory = make_work_directory();
  if (!work_directory) {
    return work_directory.error();
  }
  lab.work_directory = *work_directory;
  for (const auto& step : std::array<std::function<Result<>()>, 5>{
           [&] { return take_radio(plan.rig.access_point, "access point", lab.access_point); },
           [&] { return take_radio(plan.rig.station, "station", lab.station); },
           [&] { return take_address(plan.scenario.station.address, lab.station); },
           [&] { return take_others(plan, lab); }, [&] { return take_monitors(plan, lab); }}) {
    if (const auto taken = step(); !taken) {
      return taken.error();
    }
  }
  return {};
}

Task<> give_back(std::shared_ptr<Lab> lab) {
  Result<> first;
  const auto note = [&first](const Result<>& result) {
    if (!result && first) {
      first = result.error();
    }
  };
  std::vector<End*> ends = {&lab->access_point, &lab->station};
  for (End& other : lab->others) {
    ends.push_back(&other);
  }
  for (End* end : ends) {
    end->events.reset();
    if (end->own_address) {
      note(set_down(end->where, end->interface()));
      note(set_mac(end->where, end->interface(), *end->own_address));
    }
    if (end->moved) {
      note(set_wiphy_namespace(end->radio->wiphy, end->where, {}));
    }
  }
  if (lab->made_monitor) {
    note(delete_interface(*lab->made_monitor));
  }
  std::error_code ignored;
  fs::remove_all(lab->work_directory, ignored);
  co_return first;
}

}  // namespace postassoc
