#include "harness/air_keys.h"

#include <algorithm>

#include "harness/frames/bip.h"

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
  if (known) {
    return;
  }
  auto tk = DataKey::create(key.cipher, key.ptk.tk);
  put_first(tks_, tk ? std::optional(std::move(*tk)) : std::nullopt);
  put_first(ptks_, std::move(key));
}

void AirKeys::add_group(const AirGroupKey& key, Suite cipher) {
  if (key.kind != AirGroupKey::Kind::gtk) {
    const bool known = std::any_of(igtks_.begin(), igtks_.end(), [&](const IntegrityKey& k) {
      return k.key_id == key.key_id && k.key == key.key;
    });
    if (!known) {
      put_first(igtks_, IntegrityKey{key.key_id, cipher, key.key});
    }
    return;
  }
  const bool known = std::any_of(gtks_.begin(), gtks_.end(), [&](const GroupKey& k) {
    return k.key_id == key.key_id && k.key.key() == key.key;
  });
  auto gtk = DataKey::create(cipher, key.key);
  if (!known && gtk) {
    put_first(gtks_,
              GroupKey{key.handshake, static_cast<std::uint8_t>(key.key_id), std::move(*gtk)});
  }
}

std::optional<std::size_t> AirKeys::newest() const {
  return ptks_.empty() ? std::nullopt : std::optional(ptks_.front().handshake);
}

bool AirKeys::has_gtk(std::uint8_t key_id) const {
  return std::any_of(gtks_.begin(), gtks_.end(),
                     [&](const GroupKey& k) { return k.key_id == key_id; });
}

std::optional<std::size_t> AirKeys::decrypt(const Dot11& frame, std::uint8_t key_id,
                                            Bytes& plaintext) const {
  if (frame.ra.is_group()) {
    for (const GroupKey& gtk : gtks_) {
      if (gtk.key_id == key_id && gtk.key.decrypt(frame, plaintext) == Decryption::ok) {
        return gtk.handshake;
      }
    }
    return std::nullopt;
  }
  for (std::size_t i = 0; i < tks_.size(); ++i) {
    if (tks_[i] && tks_[i]->decrypt(frame, plaintext) == Decryption::ok) {
      return ptks_[i].handshake;
    }
  }
  return std::nullopt;
}

bool AirKeys::decrypt_with_zeros(Suite cipher, const Dot11& frame, Bytes& plaintext) {
  if (!zeros_ || zeros_->cipher() != cipher) {
    const auto length = tk_length(cipher);
    auto zeros = DataKey::create(cipher, Bytes(length ? *length : 0));
    if (!zeros) {
      return false;
    }
    zeros_ = std::move(*zeros);
  }
  return zeros_->decrypt(frame, plaintext) == Decryption::ok;
}

std::optional<bool> AirKeys::verify_group_management(const Dot11& frame,
                                                     std::uint16_t key_id) const {
  std::optional<bool> valid;
  for (const IntegrityKey& igtk : igtks_) {
    if (igtk.key_id != key_id) {
      continue;
    }
    const auto verified = verify_bip(igtk.cipher, igtk.key, frame);
    valid = verified && verified->valid;
    if (*valid) {
      break;
    }
  }
  return valid;
}

}  // namespace postassoc
