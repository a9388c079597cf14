#include "adapters/virtual_rig/channel.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace postassoc::virtual_rig {
namespace {

constexpr std::size_t kHeader = 5;

void put_little_endian(Bytes& out, std::uint64_t value, int octets) {
  for (int i = 0; i < octets; ++i) {
    out.push_back(static_cast<std::byte>(value >> (8 * i)));
  }
}

std::uint64_t get_little_endian(ByteView bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) {
    value = value << 8 | std::to_integer<std::uint64_t>(bytes[i]);
  }
  return value;
}

bool known(std::byte type) {
  const auto value = std::to_integer<std::uint8_t>(type);
  return value >= static_cast<std::uint8_t>(FrameType::ready) &&
         value <= static_cast<std::uint8_t>(FrameType::failure);
}

bool is_name(std::string_view name) {
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('/', begin), name.size());
    const std::string_view part = name.substr(begin, end - begin);
    const bool letters = std::ranges::all_of(part, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '.' || c == '_' || c == '-';
    });
    if (part.empty() || part == "." || part == ".." || !letters) {
      return false;
    }
    begin = end + 1;
  }
  return true;
}

constexpr std::pair<Fault, const char*> kFaults[] = {
    {Fault::invalid_input, "invalid_input"},
    {Fault::rig_unavailable, "rig_unavailable"},
    {Fault::lab, "lab"},
    {Fault::timeout, "timeout"},
    {Fault::interrupted, "interrupted"},
};

}  // namespace

Bytes encode(FrameType type, ByteView payload) {
  Bytes out;
  out.reserve(kHeader + payload.size());
  put_little_endian(out, payload.size(), 4);
  out.push_back(static_cast<std::byte>(type));
  out.insert(out.end(), payload.begin(), payload.end());
  return out;
}

void FrameReader::feed(ByteView bytes) {
  if (begin_ > 0) {
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(begin_));
    begin_ = 0;
  }
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
}

Result<std::optional<Frame>> FrameReader::next() {
  const ByteView rest = ByteView(buffer_).subspan(begin_);
  if (rest.size() < kHeader) {
    return std::optional<Frame>{};
  }
  const auto length = get_little_endian(rest.first(4));
  if (length > kLongestPayload || !known(rest[4])) {
    return Error{Fault::lab, "the guest's channel carries something that is not a frame", {}};
  }
  if (rest.size() - kHeader < length) {
    return std::optional<Frame>{};
  }
  const ByteView payload = rest.subspan(kHeader, length);
  begin_ += kHeader + length;
  return std::optional<Frame>(Frame{static_cast<FrameType>(std::to_integer<std::uint8_t>(rest[4])),
                                    Bytes(payload.begin(), payload.end())});
}

Bytes encode_evidence(std::string_view name, ByteView bytes) {
  Bytes out;
  out.reserve(1 + name.size() + bytes.size());
  out.push_back(static_cast<std::byte>(name.size()));
  const ByteView text = as_bytes(name);
  out.insert(out.end(), text.begin(), text.end());
  out.insert(out.end(), bytes.begin(), bytes.end());
  return out;
}

Result<Evidence> decode_evidence(ByteView payload) {
  const Error bad{Fault::lab, "the guest sent evidence without a proper file name", {}};
  if (payload.empty()) {
    return bad;
  }
  const auto length = std::to_integer<std::size_t>(payload[0]);
  if (payload.size() - 1 < length) {
    return bad;
  }
  const std::string_view name = as_text(payload.subspan(1, length));
  if (!is_name(name)) {
    return bad;
  }
  return Evidence{name, payload.subspan(1 + length)};
}

Bytes encode_sync(const Sync& sync) {
  Bytes out;
  put_little_endian(out, sync.realtime_ns, 8);
  out.insert(out.end(), sync.entropy.begin(), sync.entropy.end());
  return out;
}

Result<Sync> decode_sync(ByteView payload) {
  if (payload.size() < 8) {
    return Error{Fault::lab, "the host's date is cut short", {}};
  }
  return Sync{get_little_endian(payload.first(8)), payload.subspan(8)};
}

Bytes encode_failure(const Failure& failure) {
  nlohmann::json json{{"what", failure.error.what}, {"where", failure.error.where}};
  for (const auto& [fault, name] : kFaults) {
    if (fault == failure.error.fault) {
      json["fault"] = name;
    }
  }
  if (failure.bug) {
    json["bug"] = true;
  }
  const std::string text = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  const ByteView bytes = as_bytes(text);
  return Bytes(bytes.begin(), bytes.end());
}

Failure decode_failure(ByteView payload) {
  Failure failure{{Fault::lab, "the guest's job failed without a readable reason", {}}};
  const auto json = nlohmann::json::parse(as_text(payload), nullptr, false);
  if (!json.is_object()) {
    return failure;
  }
  const auto text = [&](const char* key) {
    const auto at = json.find(key);
    return at != json.end() && at->is_string() ? at->get<std::string>() : std::string();
  };
  if (const std::string what = text("what"); !what.empty()) {
    failure.error.what = what;
  }
  failure.error.where = text("where");
  for (const auto& [fault, name] : kFaults) {
    if (text("fault") == name) {
      failure.error.fault = fault;
    }
  }
  failure.bug = json.contains("bug");
  return failure;
}

}  // namespace postassoc::virtual_rig
