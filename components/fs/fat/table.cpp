// SPDX-License-Identifier: Apache-2.0
#include "components/fs/fat/table.hpp"

#include <algorithm>

namespace tessera::fs::fat {

namespace {

constexpr std::uint64_t kAhead = 16;

struct Spot {
  std::uint64_t sector = 0;
  std::size_t offset = 0;
};

Spot spot(const Geometry& geometry, std::uint64_t byte) {
  return {.sector = geometry.table_start(geometry.active_table) + byte / geometry.sector_bytes, .offset = static_cast<std::size_t>(byte % geometry.sector_bytes)};
}

std::uint64_t ahead(const Geometry& geometry, const Spot& at) {
  return std::min(kAhead, geometry.table_start(geometry.active_table) + geometry.table_sectors - at.sector);
}

// The two bytes that an entry of 12 bits lies in may be in two sectors.
Result<std::uint32_t> pair_at(Operation& operation, std::uint64_t byte) {
  std::uint32_t value = 0;
  for (unsigned i = 0; i < 2; ++i) {
    const Spot at = spot(operation.volume.geometry, byte + i);
    value |= std::uint32_t{get8(TRY(operation.read(at.sector, ahead(operation.volume.geometry, at))), at.offset)} << 8 * i;
  }
  return value;
}

}  // namespace

Result<std::uint32_t> table_value(Operation& operation, std::uint32_t cluster) {
  const Geometry& geometry = operation.volume.geometry;
  if (geometry.width == Width::fat12) {
    const std::uint32_t both = TRY(pair_at(operation, std::uint64_t{cluster} * 3 / 2));
    return cluster % 2 == 0 ? both & 0xfff : both >> 4;
  }
  const Spot at = spot(geometry, std::uint64_t{cluster} * (geometry.fat32() ? 4 : 2));
  const Bytes sector = TRY(operation.read(at.sector, ahead(geometry, at)));
  return geometry.fat32() ? get32(sector, at.offset) & 0x0fff'ffff : get16(sector, at.offset);
}

Result<void> set_table_value(Operation& operation, std::uint32_t cluster, std::uint32_t value) {
  const Geometry& geometry = operation.volume.geometry;
  if (geometry.width == Width::fat12) {
    const std::uint64_t byte = std::uint64_t{cluster} * 3 / 2;
    const std::uint32_t old = TRY(pair_at(operation, byte));
    const std::uint32_t both = cluster % 2 == 0 ? (old & 0xf000) | value : (old & 0xf) | value << 4;
    for (unsigned i = 0; i < 2; ++i) {
      const Spot at = spot(geometry, byte + i);
      put8(TRY(operation.edit(at.sector, Role::table)), at.offset, both >> 8 * i & 0xff);
    }
    return {};
  }
  const Spot at = spot(geometry, std::uint64_t{cluster} * (geometry.fat32() ? 4 : 2));
  const Room sector = TRY(operation.edit(at.sector, Role::table));
  if (geometry.fat32()) put32(sector, at.offset, (get32(sector, at.offset) & 0xf000'0000) | value);
  else put16(sector, at.offset, value);
  return {};
}

std::uint32_t end_mark(Width width) { return width == Width::fat12 ? 0xfff : width == Width::fat16 ? 0xffff : 0x0fff'ffff; }
bool is_end(Width width, std::uint32_t value) { return value >= end_mark(width) - 7; }

Result<std::optional<std::uint32_t>> next_cluster(Operation& operation, std::uint32_t cluster) {
  const Geometry& geometry = operation.volume.geometry;
  const std::uint32_t value = TRY(table_value(operation, cluster));
  if (is_end(geometry.width, value)) return std::nullopt;
  // Free, bad, or out of range.
  if (!geometry.holds(value)) return fail(Error::corrupt);
  return value;
}

Result<std::optional<std::uint32_t>> find_cluster(Operation& operation, Node& node, std::uint32_t index) {
  const Geometry& geometry = operation.volume.geometry;
  if (node.entry.first == 0) return std::nullopt;
  if (!geometry.holds(node.entry.first) || index >= geometry.clusters) return fail(Error::corrupt);  // the latter: a loop
  if (node.marks.empty()) node.marks.push_back(node.entry.first);
  const std::size_t mark = std::min<std::size_t>(index / Node::kMarkEvery, node.marks.size() - 1);
  std::uint32_t cluster = node.marks[mark];
  for (std::uint32_t at = static_cast<std::uint32_t>(mark) * Node::kMarkEvery; at < index;) {
    const std::optional<std::uint32_t> next = TRY(next_cluster(operation, cluster));
    if (!next) return std::nullopt;
    cluster = *next;
    if (++at % Node::kMarkEvery == 0 && at / Node::kMarkEvery == node.marks.size()) node.marks.push_back(cluster);
  }
  return cluster;
}

Result<std::uint32_t> cluster_at(Operation& operation, Node& node, std::uint32_t index) {
  const std::optional<std::uint32_t> found = TRY(find_cluster(operation, node, index));
  if (!found) return fail(Error::corrupt);
  return *found;
}

Io<std::vector<std::uint32_t>> find_free(Volume& volume, std::uint32_t count, std::uint32_t goal) {
  const Geometry& geometry = volume.geometry;
  constexpr std::uint32_t kStep = 512;  // clusters that one operation looks at
  std::vector<std::uint32_t> found;
  std::uint32_t at = geometry.holds(goal) ? goal : geometry.holds(volume.next_free) ? volume.next_free : kFirstCluster;
  for (std::uint32_t looked = 0; looked < geometry.clusters && found.size() < count;) {
    const std::uint32_t some = std::min({kStep, geometry.clusters - looked, geometry.clusters + kFirstCluster - at});
    const std::size_t before = found.size();
    const Result<void> done = co_await run(volume, [&](Operation& operation) -> Result<void> {
      found.resize(before);
      for (std::uint32_t cluster = at; cluster < at + some && found.size() < count; ++cluster) {
        if (TRY(table_value(operation, cluster)) == 0) found.push_back(cluster);
      }
      return {};
    });
    if (!done) co_return fail(done.error());
    looked += some;
    at += some;
    if (!geometry.holds(at)) at = kFirstCluster;
  }
  if (found.size() < count) {
    // That many are left, whatever was thought.
    volume.free_clusters = found.size();
    co_return fail(Error::no_space);
  }
  if (count != 0) volume.next_free = geometry.holds(found.back() + 1) ? found.back() + 1 : kFirstCluster;
  co_return found;
}

Result<void> link_clusters(Operation& operation, std::uint32_t tail, std::span<const std::uint32_t> clusters) {
  std::uint32_t next = end_mark(operation.volume.geometry.width);
  for (std::size_t i = clusters.size(); i > 0; --i) {
    TRY(set_table_value(operation, clusters[i - 1], next));
    next = clusters[i - 1];
  }
  if (tail != 0 && !clusters.empty()) TRY(set_table_value(operation, tail, next));
  operation.taken_clusters += clusters.size();
  return {};
}

Io<std::uint64_t> count_free(Volume& volume) {
  const Geometry& geometry = volume.geometry;
  constexpr std::uint32_t kStep = 1024;
  std::uint64_t total = 0;
  for (std::uint64_t at = kFirstCluster; at < std::uint64_t{geometry.clusters} + kFirstCluster; at += kStep) {
    const Result<std::uint32_t> some = co_await run(volume, [&](Operation& operation) -> Result<std::uint32_t> {
      std::uint32_t free = 0;
      const std::uint64_t end = std::min<std::uint64_t>(at + kStep, std::uint64_t{geometry.clusters} + kFirstCluster);
      for (std::uint64_t cluster = at; cluster < end; ++cluster) {
        if (TRY(table_value(operation, static_cast<std::uint32_t>(cluster))) == 0) ++free;
      }
      return free;
    });
    if (!some) co_return fail(some.error());
    total += *some;
  }
  co_return total;
}

}  // namespace tessera::fs::fat
