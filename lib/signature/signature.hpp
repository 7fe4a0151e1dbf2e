// SPDX-License-Identifier: Apache-2.0
// Signatures of programs: Ed25519 (RFC 8032) over the SHA-512 digest of "tessera program 1", a zero, the program's name, a zero
// and its bytes. The name is in it, so that one signed program is not taken for another.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace tessera::signature {

using PublicKey = std::array<std::uint8_t, 32>;
using Signature = std::array<std::uint8_t, 64>;
using Digest = std::array<std::uint8_t, 64>;

[[nodiscard]] Digest digest_of(std::string_view program, std::span<const std::byte> content);
[[nodiscard]] bool is_signed(const Digest& digest, const Signature& signature, const PublicKey& key);

// 64 hexadecimal digits.
[[nodiscard]] std::optional<PublicKey> parse_key(std::string_view text);

}  // namespace tessera::signature
