// SPDX-License-Identifier: Apache-2.0
#include "kernel/boot/memory_map.hpp"

#include <algorithm>
#include <span>

namespace tessera::nucleus {

static std::array<PhysRange, 64> all_ram;
static std::size_t all_ram_count = 0;

void add_ram(BootFacts& facts, std::uint64_t start, std::uint64_t bytes) {
  static constexpr std::uint64_t kMost = std::uint64_t{1} << 46;
  if (start >= kMost || bytes == 0) return;
  const std::uint64_t end = std::min(start + std::min(bytes, kMost), kMost) & ~(kPageBytes - 1);
  start = align_up(start, kPageBytes);
  if (end <= start || facts.ram_count == facts.ram.size()) return;
  facts.ram[facts.ram_count++] = {PhysAddr{start}, PhysAddr{end}};
}

void settle_ram(BootFacts& facts) {
  const std::span<PhysRange> ranges = std::span(facts.ram).first(facts.ram_count);
  std::ranges::sort(ranges, {}, &PhysRange::start);
  std::size_t kept = 0;
  for (const PhysRange& range : ranges) {
    if (kept > 0 && range.start <= facts.ram[kept - 1].end) {
      facts.ram[kept - 1].end = std::max(facts.ram[kept - 1].end, range.end);
    } else {
      facts.ram[kept++] = range;
    }
  }
  facts.ram_count = kept;
}

void reserve_ram(BootFacts& facts, const PhysRange& range) {
  const PhysAddr start{range.start.value & ~(kPageBytes - 1)}, end{align_up(range.end.value, kPageBytes)};
  const std::size_t before = facts.ram_count;
  for (std::size_t i = 0; i < before; ++i) {
    PhysRange& ram = facts.ram[i];
    if (ram.end <= start || end <= ram.start) continue;
    const PhysRange behind{std::max(end, ram.start), ram.end};
    ram.end = std::max(ram.start, start);
    if (!behind.empty() && facts.ram_count < facts.ram.size()) facts.ram[facts.ram_count++] = behind;
  }
  const auto all = std::span(facts.ram).first(facts.ram_count);
  facts.ram_count = static_cast<std::size_t>(std::ranges::remove_if(all, &PhysRange::empty).begin() - all.begin());
  std::ranges::sort(std::span(facts.ram).first(facts.ram_count), {}, &PhysRange::start);
}

void remember_ram(const BootFacts& facts) {
  all_ram = facts.ram;
  all_ram_count = facts.ram_count;
}

bool ram_overlaps(PhysAddr start, std::uint64_t bytes) {
  const PhysAddr end = start.plus(bytes);
  return std::ranges::any_of(std::span(all_ram).first(all_ram_count),
                             [&](const PhysRange& range) { return start < range.end && range.start < end; });
}

}  // namespace tessera::nucleus
