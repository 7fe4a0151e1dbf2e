// SPDX-License-Identifier: Apache-2.0
// ChaCha20 (RFC 8439) as a random generator.
#include "components/linux/core/random.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace tessera::lx {
namespace {

using Key = std::array<std::uint32_t, 8>;
Key generator_key{};
// What small requests left of the last block, at its end; gone when it was given out.
std::array<std::byte, 32> kept{};
std::size_t kept_bytes = 0;

// As far as it goes.
void take_kept(std::span<std::byte>& to) {
  const std::size_t length = std::min(to.size(), kept_bytes);
  const auto part = std::span(kept).subspan(kept.size() - kept_bytes, length);
  std::ranges::copy(part, to.begin());
  std::ranges::fill(part, std::byte{0});
  kept_bytes -= length;
  to = to.subspan(length);
}

void quarter_round(ChaChaBlock& x, std::size_t a, std::size_t b, std::size_t c, std::size_t d) {
  x[a] += x[b];
  x[d] = std::rotl(x[d] ^ x[a], 16);
  x[c] += x[d];
  x[b] = std::rotl(x[b] ^ x[c], 12);
  x[a] += x[b];
  x[d] = std::rotl(x[d] ^ x[a], 8);
  x[c] += x[d];
  x[b] = std::rotl(x[b] ^ x[c], 7);
}

}  // namespace

ChaChaBlock chacha20_block(const Key& key, std::uint32_t counter, const std::array<std::uint32_t, 3>& nonce) {
  // "expand 32-byte k", RFC 8439, 2.3.
  ChaChaBlock start{0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
  std::ranges::copy(key, std::span(start).subspan<4, 8>().begin());
  start[12] = counter;
  std::ranges::copy(nonce, std::span(start).subspan<13, 3>().begin());
  ChaChaBlock x = start;
  for (int round = 0; round < 10; ++round) {
    quarter_round(x, 0, 4, 8, 12);
    quarter_round(x, 1, 5, 9, 13);
    quarter_round(x, 2, 6, 10, 14);
    quarter_round(x, 3, 7, 11, 15);
    quarter_round(x, 0, 5, 10, 15);
    quarter_round(x, 1, 6, 11, 12);
    quarter_round(x, 2, 7, 8, 13);
    quarter_round(x, 3, 4, 9, 14);
  }
  for (std::size_t i = 0; i < x.size(); ++i) x[i] += start[i];
  return x;
}

void seed_random(std::span<const std::byte> seed) {
  kept_bytes = 0;
  while (!seed.empty()) {
    Key block{};
    std::size_t length = std::min(seed.size(), sizeof(block));
    std::memcpy(block.data(), seed.data(), length);
    seed = seed.subspan(length);
    for (std::size_t i = 0; i < block.size(); ++i) generator_key[i] ^= block[i];
    ChaChaBlock mixed = chacha20_block(generator_key, 0, {0, 0, 1});
    std::ranges::copy(std::span(mixed).first<8>(), generator_key.begin());
  }
}

void random_bytes(std::span<std::byte> to) {
  take_kept(to);
  if (to.empty()) return;
  // Block 0: the first half is the next key, the second serves small requests.
  ChaChaBlock block = chacha20_block(generator_key, 0, {});
  const Key key = generator_key;
  std::ranges::copy(std::span(block).first<8>(), generator_key.begin());
  std::ranges::copy(std::as_bytes(std::span(block)).subspan(32), kept.begin());
  kept_bytes = kept.size();
  take_kept(to);
  for (std::uint32_t counter = 1; !to.empty(); ++counter) {
    block = chacha20_block(key, counter, {});
    const std::size_t length = std::min(to.size(), sizeof block);
    std::memcpy(to.data(), block.data(), length);
    to = to.subspan(length);
  }
}

std::uint64_t random_u64() {
  std::uint64_t value = 0;
  random_bytes(std::as_writable_bytes(std::span<std::uint64_t, 1>(&value, 1)));
  return value;
}

}  // namespace tessera::lx
