#include "harness/air_keys.h"

#include <algorithm>

#include "harness/frames/ccmp.h"

namespace postassoc {
namespace {

constexpr std::size_t kMaxKeys = 16;

template <class Key>
void put_first(std::vector<Key>& keys, Key key) {
  keys.insert(keys.begin(), std::move(key));
  if (keys.size() > kMaxKeys) {
    keys.pop_back();
  }
}

}  // namespace

void AirKeys::add_ptk(PairwiseKey key) {
  const bool known = std::any_of(ptks_.begin(), ptks_.end(), [&](const PairwiseKey& k) {
    return k.handshake == key.handshake && k.ptk.tk == key.ptk.tk;
  });
  if (!known) {
    put_first(ptks_, std::move(key));
  }
}

void AirKeys::add_gtk(std::size_t handshake, const GtkKde& gtk) {
  const bool known = std::any_of(gtks_.begin(), gtks_.end(), [&](const GroupKey& k) {
    return k.key_id == gtk.key_id && k.key == gtk.key;
  });
  if (!known) {
    put_first(gtks_, GroupKey{handshake, gtk.key_id, gtk.key});
  }
}

bool AirKeys::has_gtk(std::uint8_t key_id) const {
  return std::any_of(gtks_.begin(), gtks_.end(),
                     [&](const GroupKey& k) { return k.key_id == key_id; });
}

std::optional<AirKeys::Decrypted> AirKeys::decrypt(const Dot11& frame, std::uint8_t key_id) const {
  if (frame.ra.is_group()) {
    for (const GroupKey& gtk : gtks_) {
      if (gtk.key_id != key_id) {
        continue;
      }
      if (auto plaintext = ccmp_decrypt(gtk.key, frame)) {
        return Decrypted{gtk.handshake, std::move(*plaintext)};
      }
    }
    return std::nullopt;
  }
  for (const PairwiseKey& key : ptks_) {
    if (auto plaintext = ccmp_decrypt(key.ptk.tk, frame)) {
      return Decrypted{key.handshake, std::move(*plaintext)};
    }
  }
  return std::nullopt;
}

}  // namespace postassoc
