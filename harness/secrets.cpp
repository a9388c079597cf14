#include <array>

#include "harness/frames/bytes.h"
#include "harness/frames/keys.h"
#include "harness/json_reader.h"
#include "harness/plan.h"
#include "harness/random_source.h"

namespace postassoc {
namespace {

using nlohmann::json;

constexpr std::string_view kAlphabet = "abcdefghjkmnpqrstuvwxyz23456789";  // no 0 o, 1 i l
constexpr std::size_t kPassphraseLength = 20;                              // 99 bits
constexpr std::size_t kPmkLength = 32;
constexpr std::size_t kSuiteBPmkLength = 48;
constexpr std::string_view kKeys[] = {"passphrase", "station_passphrase", "pmk", "station_pmk",
                                      "pmks"};

Result<std::string> random_passphrase(RandomSource& random) {
  constexpr std::size_t kFair = 256 / kAlphabet.size() * kAlphabet.size();
  std::string passphrase;
  while (passphrase.size() < kPassphraseLength) {
    std::array<unsigned char, 32> octets{};
    if (auto filled = random.fill(octets); !filled) {
      return filled.error();
    }
    for (const unsigned char octet : octets) {
      if (octet < kFair && passphrase.size() < kPassphraseLength) {
        passphrase += kAlphabet[octet % kAlphabet.size()];
      }
    }
  }
  return passphrase;
}

Bytes read_pmk(ObjectReader& reader, std::string_view key) {
  const auto text = reader.text(key);
  const auto pmk = text ? from_hex(*text) : std::nullopt;
  if (text && (!pmk || pmk->size() != kPmkLength)) {
    reader.fault(key, "expected 64 hexadecimal digits");
  }
  return pmk.value_or(Bytes());
}

std::vector<Bytes> read_pmks(ObjectReader& reader) {
  std::vector<Bytes> pmks;
  for (const std::string& text : reader.texts("pmks")) {
    if (auto pmk = pmk_from_hex(text)) {
      pmks.push_back(std::move(*pmk));
    } else {
      reader.fault("pmks", "expected 64 or 96 hexadecimal digits each");
    }
  }
  return pmks;
}

}  // namespace

std::optional<Bytes> pmk_from_hex(std::string_view text) {
  auto pmk = from_hex(text);
  if (!pmk || (pmk->size() != kPmkLength && pmk->size() != kSuiteBPmkLength)) {
    return std::nullopt;
  }
  return pmk;
}

Result<Secrets> make_secrets(const Scenario& scenario, RandomSource random) {
  Secrets secrets;
  const Security security = scenario.access_point.security;
  if (security == Security::open || security == Security::owe) {
    return secrets;
  }
  const auto network = random_passphrase(random);
  if (!network) {
    return network.error();
  }
  auto other = random_passphrase(random);
  if (!other) {
    return other.error();
  }
  const bool wrong = scenario.station.credential == Credential::wrong;
  secrets.passphrase = *network;
  secrets.station_passphrase = wrong ? *other : *network;
  if (!has_psk(security)) {
    return secrets;
  }
  for (const auto& [passphrase, pmk] :
       {std::pair(&secrets.passphrase, &secrets.pmk),
        std::pair(&secrets.station_passphrase, &secrets.station_pmk)}) {
    auto derived = pmk_from_passphrase(*passphrase, scenario.access_point.ssid);
    if (!derived) {
      return derived.error();
    }
    *pmk = std::move(*derived);
  }
  return secrets;
}

json to_json(const Secrets& secrets) {
  json document = json::object();
  const auto put = [&](const char* key, std::string value) {
    if (!value.empty()) {
      document[key] = std::move(value);
    }
  };
  put("passphrase", secrets.passphrase);
  put("station_passphrase", secrets.station_passphrase);
  put("pmk", to_hex(secrets.pmk));
  put("station_pmk", to_hex(secrets.station_pmk));
  for (const Bytes& pmk : secrets.pmks) {
    document["pmks"].push_back(to_hex(pmk));
  }
  return document;
}

Result<Secrets> secrets_from_json(const json& document) {
  Secrets secrets;
  JsonFaults faults("secrets.json");
  ObjectReader reader(document, "", kKeys, faults);
  secrets.passphrase = reader.text("passphrase").value_or("");
  secrets.station_passphrase = reader.text("station_passphrase").value_or("");
  secrets.pmk = read_pmk(reader, "pmk");
  secrets.station_pmk = read_pmk(reader, "station_pmk");
  secrets.pmks = read_pmks(reader);
  if (!faults.empty()) {
    return faults.error();
  }
  return secrets;
}

}  // namespace postassoc
