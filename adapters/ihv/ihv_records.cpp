#include "adapters/ihv/ihv_records.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

#include "harness/frames/mac_function.h"

namespace postassoc {
namespace {

using nlohmann::json;

constexpr std::size_t kKeyLength = 32;
constexpr std::size_t kDigestLength = 8;
constexpr std::size_t kLongestRecord = 16384;
constexpr std::size_t kMostSecrets = 8;
constexpr std::chrono::seconds kOldest{60};
constexpr std::chrono::microseconds kUncertainty{100};

std::string sha256(ByteView data) {
  std::array<std::byte, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  EVP_Digest(data.data(), data.size(), reinterpret_cast<unsigned char*>(digest.data()), &length,
             EVP_sha256(), nullptr);
  return to_hex(ByteView(digest).first(length));
}

Timestamp time_of(const json& record) {
  const ClockSample now = sample_clocks();
  const auto found = record.find("time_ns");
  if (found == record.end() || !found->is_number_integer()) {
    return now.monotonic;
  }
  const Timestamp time = Timestamp(found->get<std::int64_t>()) - now.offset();
  return time > now.monotonic || time < now.monotonic - kOldest ? now.monotonic : time;
}

}  // namespace

Result<IhvRecords> IhvRecords::create() {
  Bytes key(kKeyLength);
  if (RAND_bytes(reinterpret_cast<unsigned char*>(key.data()), kKeyLength) != 1) {
    return Error{Fault::lab, "OpenSSL has no random numbers", {}};
  }
  return IhvRecords(std::move(key));
}

std::optional<Event> IhvRecords::event_of(json record) const {
  if (!record.is_object() || !record.contains("event") || !record["event"].is_string()) {
    return std::nullopt;
  }
  Event event;
  event.name = record["event"];
  event.time = time_of(record);
  event.uncertainty = kUncertainty;
  event.witness = Witness::ihv;
  event.side = Side::station;
  const json secrets = record.value("secret", json::object());
  record.erase("event");
  record.erase("time_ns");
  record.erase("secret");
  json& details = record.contains("arguments") && record["arguments"].is_object()
                      ? record["arguments"]
                      : record;
  if (secrets.is_object() && secrets.size() <= kMostSecrets) {
    for (const auto& [name, value] : secrets.items()) {
      const auto bytes = value.is_string() ? from_hex(value.get_ref<const std::string&>())
                                           : std::optional<Bytes>();
      const auto mac = hmac("SHA256", key_, bytes.value_or(Bytes()));
      if (bytes && name.ends_with("_sha256")) {
        details[name] = sha256(*bytes);
      } else if (bytes && mac && mac->size() >= kDigestLength) {
        details[name] = to_hex(ByteView(*mac).first(kDigestLength));
      }
    }
  }
  if (!event.name.starts_with("ihv_") ||
      record.dump(-1, ' ', false, json::error_handler_t::replace).size() > kLongestRecord) {
    return std::nullopt;
  }
  event.detail = std::move(record);
  return event;
}

std::string sha256_of_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string content{std::istreambuf_iterator<char>(in), {}};
  return in ? sha256(as_bytes(content)) : "";
}

std::string without_secrets(std::string_view text, const std::vector<std::string>& secrets) {
  constexpr std::size_t kShortest = 8;
  std::string out(text);
  for (const std::string& secret : secrets) {
    if (secret.size() < kShortest) {
      continue;
    }
    for (auto at = out.find(secret); at != out.npos; at = out.find(secret)) {
      out.replace(at, secret.size(), "***");
    }
  }
  return out;
}

}  // namespace postassoc
