// SPDX-License-Identifier: Apache-2.0
#include "lib/ddk/dma_region.hpp"

#include <array>

#include "tests/support/check.hpp"

using namespace tessera;
using ddk::DmaRegion;

TEST(parts_of_a_region) {
  std::array<std::byte, 4096> memory{};
  const DmaRegion region(memory, 0x10000);
  CHECK_EQ(region.part(16, 100).address(), 0x10010u);
  CHECK_EQ(region.part(16, 100).part(4, 8).address(), 0x10014u);
  CHECK(region.part(16, 100).part(4, 8).bytes().data() == std::span(memory).subspan(20).data());
  CHECK_EQ(region.part(4096, 0).size(), 0u);
}

TEST(what_others_name_is_checked) {
  std::array<std::byte, 4096> memory{};
  const DmaRegion region(memory, 0x10000);
  CHECK(region.find(0, 4096) == 0x10000u);
  CHECK(region.find(4096, 0) == 0x11000u);
  CHECK(!region.find(0, 4097));
  CHECK(!region.find(4096, 1));
  CHECK(!region.find(~std::uint64_t{0}, 2));
  CHECK(!region.find(1, ~std::uint64_t{0}));
}

TEST(grants) {
  const rt::Grant unmapped{.name = "pool.cache", .kind = abi::ObjectType::memory, .handle = 5, .bytes = 1 << 20, .physical = 0x40000};
  const auto region = DmaRegion::of(unmapped);
  CHECK(region && region->bytes().empty() && region->size() == 1 << 20 && region->find(0xff000, 0x1000) == 0x13f000u);
  rt::Grant other = unmapped;
  other.physical = 0;
  CHECK(!DmaRegion::of(other));
  other = unmapped;
  other.kind = abi::ObjectType::untyped;
  CHECK(!DmaRegion::of(other));
}
