// SPDX-License-Identifier: Apache-2.0
// Ranges in blocks: every whole page of a range that is beside the hole is in one block, and no block could be larger.
#include <algorithm>
#include <vector>

#include "kernel/boot/blocks.hpp"
#include "tests/support/check.hpp"
#include "tests/unit/kernel/fixture/random.hpp"

namespace tessera::nucleus::test {

namespace {

constexpr std::uint64_t kLarge = 512 * kPageBytes, kHuge = 512 * kLarge;

struct Block {
  std::uint64_t start, bytes;
};

PhysRange range(std::uint64_t start, std::uint64_t end) { return {PhysAddr{start}, PhysAddr{end}}; }

std::vector<Block> blocks_of(const PhysRange& whole, const PhysRange& hole) {
  std::vector<Block> all;
  in_blocks(whole, hole, [&](std::uint64_t at, unsigned level) { all.push_back({at, kPageBytes << (9 * level)}); });
  return all;
}

bool apart(const Block& block, const PhysRange& hole) { return block.start + block.bytes <= hole.start.value || hole.end.value <= block.start; }
bool fits(const Block& block, const PhysRange& whole, const PhysRange& hole) {
  return block.start % block.bytes == 0 && whole.start.value <= block.start && block.start + block.bytes <= whole.end.value && apart(block, hole);
}

void check(const PhysRange& whole, const PhysRange& hole) {
  const std::vector<Block> all = blocks_of(whole, hole);
  std::uint64_t at = align_up(whole.start.value, kPageBytes);
  const auto skip_hole = [&] {
    while (at + kPageBytes <= whole.end.value && !apart({at, kPageBytes}, hole)) at += kPageBytes;
  };
  for (const Block& block : all) {
    skip_hole();
    CHECK_EQ(block.start, at);
    CHECK(fits(block, whole, hole));
    const std::uint64_t above = block.bytes * 512;
    CHECK(block.bytes == kHuge || !fits({block.start / above * above, above}, whole, hole) || block.start % above != 0);
    at += block.bytes;
  }
  skip_hole();
  CHECK(at + kPageBytes > whole.end.value);
}

}  // namespace

TEST(blocks_of_known_ranges) {
  CHECK_EQ(blocks_of(range(kHuge, 2 * kHuge), {}).size(), 1);
  CHECK_EQ(blocks_of(range(kHuge - kLarge, 2 * kHuge + kPageBytes), {}).size(), 3);
  CHECK_EQ(blocks_of(range(0, kLarge), range(kPageBytes, kPageBytes + 1)).size(), 511);
  CHECK(blocks_of(range(kPageBytes, kPageBytes), {}).empty());
  CHECK(blocks_of(range(1, 2 * kPageBytes - 1), {}).empty());  // no whole page
  CHECK(blocks_of(range(kLarge, 2 * kLarge), range(0, kHuge)).empty());
}

TEST(blocks_of_any_range) {
  Random random(seed_or(17));
  for (unsigned round = 0; round < 300; ++round) {
    const auto place = [&] {
      const std::uint64_t unit = random.one_in(3) ? kHuge : random.one_in(2) ? kLarge : kPageBytes;
      return kHuge + random.below(3) * kHuge / 2 + random.below(4) * unit + (random.one_in(8) ? random.below(kPageBytes) : 0);
    };
    const std::uint64_t start = place(), hole = place();
    check(range(start, std::max(start, place())), random.one_in(4) ? PhysRange{} : range(hole, hole + 1 + random.below(3 * kLarge)));
  }
}

}  // namespace tessera::nucleus::test
