// SPDX-License-Identifier: Apache-2.0
// The ChaCha20 block function of RFC 8439, 2.3.2, and the generator on it.
#include "components/linux/core/random.hpp"

#include "tests/unit/linux_fs/fake.hpp"
#include "tests/unit/linux_fs/tests.hpp"

using namespace tessera::lx;

void random_tests() {
  std::array<std::uint32_t, 8> key{};
  for (std::uint32_t i = 0; i < 8; ++i) key.at(i) = 0x03020100 + i * 0x04040404;
  ChaChaBlock block = chacha20_block(key, 1, {0x09000000, 0x4a000000, 0x00000000});
  constexpr ChaChaBlock kExpected{0xe4e7f110, 0x15593bd1, 0x1fdd0f50, 0xc47120a3, 0xc7f4d1c7, 0x0368c033,
                                  0x9aaa2204, 0x4e6cd4c3, 0x466482d2, 0x09aa9f07, 0x05d7c214, 0xa2028bd9,
                                  0xd19c12b5, 0xb94e16de, 0xe883d0cb, 0x4e3c50a2};
  fake::check(block == kExpected);

  std::array<std::byte, 32> seed{};
  seed.fill(std::byte{7});
  seed_random(seed);
  std::array<std::byte, 1000> first{}, second{};
  random_bytes(first);
  random_bytes(second);
  fake::check(first != second);
  fake::check(random_u64() != random_u64());
}
