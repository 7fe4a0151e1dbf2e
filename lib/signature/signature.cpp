// SPDX-License-Identifier: Apache-2.0
#include "lib/signature/signature.hpp"

#include <sodium/crypto_hash_sha512.h>
#include <sodium/crypto_sign_ed25519.h>

namespace tessera::signature {

namespace {

// With the zero at its end.
constexpr std::string_view kContext("tessera program 1", 18);

void add(crypto_hash_sha512_state& state, std::string_view text) {
  (void)crypto_hash_sha512_update(&state, reinterpret_cast<const unsigned char*>(text.data()), text.size());
}

std::optional<unsigned> digit(char letter) {
  if (letter >= '0' && letter <= '9') return static_cast<unsigned>(letter - '0');
  if (letter >= 'a' && letter <= 'f') return static_cast<unsigned>(letter - 'a' + 10);
  return std::nullopt;
}

}  // namespace

Digest digest_of(std::string_view program, std::span<const std::byte> content) {
  crypto_hash_sha512_state state;
  Digest digest{};
  (void)crypto_hash_sha512_init(&state);
  add(state, kContext);
  add(state, program);
  add(state, std::string_view("", 1));
  (void)crypto_hash_sha512_update(&state, reinterpret_cast<const unsigned char*>(content.data()), content.size());
  (void)crypto_hash_sha512_final(&state, digest.data());
  return digest;
}

bool is_signed(const Digest& digest, const Signature& signature, const PublicKey& key) {
  return crypto_sign_ed25519_verify_detached(signature.data(), digest.data(), digest.size(), key.data()) == 0;
}

std::optional<PublicKey> parse_key(std::string_view text) {
  PublicKey key{};
  if (text.size() != 2 * key.size()) return std::nullopt;
  for (std::uint8_t& one : key) {
    const auto high = digit(text[0]), low = digit(text[1]);
    if (!high || !low) return std::nullopt;
    one = static_cast<std::uint8_t>(*high << 4 | *low);
    text.remove_prefix(2);
  }
  return key;
}

}  // namespace tessera::signature
