// SPDX-License-Identifier: Apache-2.0
#include "kernel/boot/boot_memory.hpp"

#include <algorithm>
#include <bit>

#include "kernel/support/log.hpp"

namespace tessera::nucleus {

void BootMemory::add(const PhysRange& range, std::uint8_t node) {
  if (!range.empty() && count_ < free_.size()) free_[count_++] = {range, node};
}

void BootMemory::start(const BootFacts& facts, const PhysRange& image, const Topology& topology) {
  for (const PhysRange& ram : std::span(facts.ram).first(facts.ram_count)) {
    total_ += ram.bytes();
    PhysAddr at = ram.start;
    for (const NodeMemory& part : topology.memory()) {
      const PhysRange common{std::max(at, part.range.start), std::min(ram.end, part.range.end)};
      if (common.empty()) continue;
      add({at, common.start}, 0);
      add(common, part.node);
      at = common.end;
    }
    add({at, ram.end}, 0);
  }
  exclude({PhysAddr{0}, PhysAddr{0x100000}});
  exclude(image);
  exclude({PhysAddr{facts.bundle.start.value & ~(kPageBytes - 1)}, PhysAddr{align_up(facts.bundle.end.value, kPageBytes)}});
}

void BootMemory::exclude(const PhysRange& hole) {
  const std::size_t before = count_;
  for (std::size_t i = 0; i < before; ++i) {
    auto& [range, node] = free_[i];
    if (hole.end <= range.start || range.end <= hole.start) continue;
    const PhysRange behind{std::max(hole.end, range.start), range.end};
    range.end = std::max(range.start, hole.start);
    add(behind, node);
  }
}

// Of a node or of all.
BootMemory::Place BootMemory::lowest(std::uint64_t bytes, std::optional<std::uint8_t> node) const {
  Place best;
  for (std::size_t i = 0; i < count_; ++i) {
    const auto& [range, its_node] = free_[i];
    const PhysAddr at{align_up(range.start.value, bytes)};
    if (at.plus(bytes) > range.end || at >= best.start || its_node != node.value_or(its_node)) continue;
    best = {i, at, static_cast<unsigned>(std::countr_zero(bytes))};
  }
  return best;
}

void BootMemory::cut(const Place& place) {
  auto& [range, node] = free_[place.index];
  const PhysRange behind{place.start.plus(std::uint64_t{1} << place.size_bits), range.end};
  range.end = place.start;
  if (range.empty()) range = behind;
  else add(behind, node);
}

PhysAddr BootMemory::take(std::uint64_t bytes) {
  // The lowest place: what is taken before the final address space is built must lie in the first 4 GiB.
  const Place place = lowest(bytes, {});
  if (place.size_bits == 0) panic("not enough memory to start: need a block of", bytes);
  cut(place);
  return place.start;
}

PhysAddr BootMemory::take_near(std::uint64_t bytes, std::uint8_t& node) {
  Place place = lowest(bytes, node);
  if (place.size_bits == 0) place = lowest(bytes, {});
  if (place.size_bits == 0) panic("not enough memory to start: need a block of", bytes);
  node = free_[place.index].node;
  cut(place);
  return place.start;
}

bool BootMemory::take_largest_first(Block& block) {
  Place best;
  for (std::size_t i = 0; i < count_; ++i) {
    const PhysRange& range = free_[i].range;
    if (range.bytes() < kPageBytes || range.empty()) continue;
    for (unsigned bits = static_cast<unsigned>(std::bit_width(range.bytes())) - 1; bits >= kPageBits && bits > best.size_bits; --bits) {
      const PhysAddr at{align_up(range.start.value, std::uint64_t{1} << bits)};
      if (at.plus(std::uint64_t{1} << bits) > range.end) continue;
      best = {i, at, bits};
      break;
    }
  }
  if (best.size_bits == 0) return false;
  block = {best.start, best.size_bits, free_[best.index].node};
  cut(best);
  return true;
}

}  // namespace tessera::nucleus
