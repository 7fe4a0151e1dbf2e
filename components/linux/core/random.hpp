// SPDX-License-Identifier: Apache-2.0
// The random bytes of getrandom, /dev/urandom, AT_RANDOM and address layout: a
// ChaCha20 generator with fast key erasure (each block replaces the key, and what
// was given out is erased, so a later look into memory does not tell earlier output).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace tessera::lx {

// Mixes the seed into the generator's key; the same seeds give the same bytes.
void seed_random(std::span<const std::byte> seed);
void random_bytes(std::span<std::byte> to);
std::uint64_t random_u64();

// RFC 8439, 2.3: the block function. Key, block counter and nonce as 32-bit words.
using ChaChaBlock = std::array<std::uint32_t, 16>;
ChaChaBlock chacha20_block(const std::array<std::uint32_t, 8>& key, std::uint32_t counter,
                           const std::array<std::uint32_t, 3>& nonce);

}  // namespace tessera::lx
