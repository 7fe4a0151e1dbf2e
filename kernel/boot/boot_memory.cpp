// SPDX-License-Identifier: Apache-2.0
#include "kernel/boot/boot_memory.hpp"

#include <algorithm>
#include <bit>

#include "kernel/support/log.hpp"

namespace tessera::nucleus {

void BootMemory::start(const BootFacts& facts, const PhysRange& image) {
  for (std::size_t i = 0; i < facts.ram_count; ++i) {
    free_[count_++] = facts.ram[i];
    total_ += facts.ram[i].bytes();
  }
  exclude({PhysAddr{0}, PhysAddr{0x100000}});
  exclude(image);
  exclude({PhysAddr{facts.bundle.start.value & ~(kPageBytes - 1)}, PhysAddr{align_up(facts.bundle.end.value, kPageBytes)}});
}

void BootMemory::exclude(const PhysRange& hole) {
  const std::size_t before = count_;
  for (std::size_t i = 0; i < before; ++i) {
    PhysRange& range = free_[i];
    if (hole.end <= range.start || range.end <= hole.start) continue;
    const PhysRange behind{std::max(hole.end, range.start), range.end};
    range.end = std::max(range.start, hole.start);
    if (!behind.empty() && count_ < free_.size()) free_[count_++] = behind;
  }
}

PhysAddr BootMemory::take(std::uint64_t bytes) {
  // The lowest place: what is taken before the final address space is built must lie in the first 4 GiB.
  std::size_t best = count_;
  PhysAddr start{~std::uint64_t{0}};
  for (std::size_t i = 0; i < count_; ++i) {
    const PhysAddr at{align_up(free_[i].start.value, bytes)};
    if (at.value + bytes > free_[i].end.value || at >= start) continue;
    best = i;
    start = at;
  }
  if (best == count_) panic("not enough memory to start: need a block of", bytes);
  const PhysRange range = free_[best];
  const PhysRange behind{start.plus(bytes), range.end};
  free_[best].end = start;
  if (free_[best].empty()) {
    free_[best] = behind;
  } else if (!behind.empty() && count_ < free_.size()) {
    free_[count_++] = behind;
  }
  return start;
}

bool BootMemory::take_largest_first(PhysAddr& start, unsigned& size_bits) {
  std::size_t best = count_;
  PhysAddr best_start{};
  unsigned best_bits = 0;
  for (std::size_t i = 0; i < count_; ++i) {
    const PhysRange& range = free_[i];
    if (range.bytes() < kPageBytes || range.empty()) continue;
    for (unsigned bits = static_cast<unsigned>(std::bit_width(range.bytes())) - 1; bits >= kPageBits && bits > best_bits; --bits) {
      const std::uint64_t bytes = std::uint64_t{1} << bits;
      const std::uint64_t at = align_up(range.start.value, bytes);
      if (at + bytes > range.end.value) continue;
      best = i;
      best_start = PhysAddr{at};
      best_bits = bits;
      break;
    }
  }
  if (best == count_) return false;
  const PhysRange range = free_[best];
  const PhysAddr end = best_start.plus(std::uint64_t{1} << best_bits);
  free_[best].end = best_start;
  if (end < range.end) {
    if (free_[best].empty()) {
      free_[best] = {end, range.end};
    } else if (count_ < free_.size()) {
      free_[count_++] = {end, range.end};
    }
  }
  start = best_start;
  size_bits = best_bits;
  return true;
}

}  // namespace tessera::nucleus
