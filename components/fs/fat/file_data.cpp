// SPDX-License-Identifier: Apache-2.0
#include "components/fs/fat/file_data.hpp"

#include <algorithm>

#include "components/fs/fat/commit.hpp"
#include "components/fs/fat/table.hpp"
#include "components/fs/pieces.hpp"

namespace tessera::fs::fat {

namespace {

constexpr std::uint64_t kStepBytes = 256 * 1024;

std::uint32_t clusters_for(const Geometry& geometry, std::uint64_t size) {
  return static_cast<std::uint32_t>((size + geometry.cluster_bytes - 1) / geometry.cluster_bytes);
}
std::uint64_t round_up(std::uint64_t bytes, std::uint64_t unit) { return (bytes + unit - 1) / unit * unit; }

// Clusters of a file from an index on, those that it has and those that it will have.
struct Clusters {
  std::uint32_t index = 0;
  std::vector<std::uint32_t> all;
  std::size_t old = 0;     // how many it has
  std::uint32_t tail = 0;  // the one before the new ones; 0: none
};

// What lies at `at` of it, as far as the clusters are one behind the other.
struct Stretch {
  std::uint64_t place = 0, bytes = 0;
};
Stretch stretch(const Geometry& geometry, const Clusters& of, std::uint64_t at, std::uint64_t most) {
  std::size_t index = static_cast<std::size_t>(at / geometry.cluster_bytes - of.index);
  const std::uint64_t within = at % geometry.cluster_bytes;
  Stretch found{.place = geometry.place_of(of.all[index]) + within, .bytes = geometry.cluster_bytes - within};
  for (; found.bytes < most && index + 1 < of.all.size() && of.all[index + 1] == of.all[index] + 1; ++index) found.bytes += geometry.cluster_bytes;
  found.bytes = std::min(found.bytes, most);
  return found;
}

Io<> put_data(Volume& volume, const Clusters& clusters, const FileBytes& bytes) {
  for (std::uint64_t at = bytes.from; at < bytes.to;) {
    Stretch part = stretch(volume.geometry, clusters, at, bytes.to - at);
    std::vector<std::span<std::byte>> pieces;
    if (bytes.pieces.empty()) {
      part.bytes = std::min<std::uint64_t>(part.bytes, volume.zeros.size());
      pieces.push_back(volume.zeros.first(static_cast<std::size_t>(part.bytes)));
    } else {
      slice(bytes.pieces, at - bytes.from, part.bytes, pieces);
    }
    volume.unflushed = true;
    if (const Result<void> done = co_await volume.device.write(part.place, pieces, false); !done) co_return done;
    volume.unflushed = true;
    at += part.bytes;
  }
  co_return Result<void>();
}

Io<Clusters> clusters_of(Volume& volume, Node& node, std::uint32_t first, std::uint32_t end) {
  co_return co_await run(volume, [&](Operation& operation) -> Result<Clusters> {
    Clusters found;
    found.index = first;
    for (std::uint32_t index = first; index < end; ++index) {
      const std::optional<std::uint32_t> cluster = TRY(find_cluster(operation, node, index));
      if (!cluster) break;
      found.all.push_back(*cluster);
    }
    found.old = found.all.size();
    if (found.old != 0) found.tail = found.all.back();
    else if (first != 0) found.tail = TRY(cluster_at(operation, node, first - 1));
    return found;
  });
}

// Free clusters in addition, up to `end`.
Io<> add_free(Volume& volume, Clusters& to, std::uint32_t end) {
  const auto wanted = static_cast<std::uint32_t>(end - to.index - to.all.size());
  if (wanted == 0) co_return Result<void>();
  Result<std::vector<std::uint32_t>> fresh = co_await find_free(volume, wanted, to.tail == 0 ? 0 : to.tail + 1);
  if (!fresh && fresh.error() == Error::no_space && volume.changes.freed_clusters != 0) {
    // What was removed of late is free once that is durable.
    if (const Result<void> done = co_await commit(volume); !done) co_return done;
    fresh = co_await find_free(volume, wanted, 0);
  }
  if (!fresh) co_return fail(fresh.error());
  to.all.insert(to.all.end(), fresh->begin(), fresh->end());
  co_return Result<void>();
}

// The rest of the sector that the file ends in is not the file's; it is zeros before the file grows over it.
Io<> clear_tail(Volume& volume, Node& node) {
  const std::uint32_t sector = volume.device.facts().sector_bytes, size = node.entry.size;
  if (size % sector == 0) co_return Result<void>();
  const Result<std::uint32_t> cluster = co_await run(volume, [&](Operation& operation) { return cluster_at(operation, node, size / volume.geometry.cluster_bytes); });
  if (!cluster) co_return fail(cluster.error());
  const std::uint64_t place = volume.geometry.place_of(*cluster) + size % volume.geometry.cluster_bytes / sector * sector;
  const std::span<std::byte> room = volume.bounce.first(sector);
  if (const Result<void> came = co_await volume.device.read(place, std::span(&room, 1)); !came) co_return came;
  clear(room.subspan(size % sector));
  volume.unflushed = true;
  co_return co_await volume.device.write(place, std::span(&room, 1), false);
}

}  // namespace

std::uint64_t step_bytes(const Volume& volume) {
  const std::uint64_t cluster = volume.geometry.cluster_bytes;
  return std::max(cluster, std::min(kStepBytes, volume.step_clusters() * cluster));
}

Io<> change_entry(Volume& volume, Node& node, Entry next) {
  const Result<void> done = co_await run(volume, [&](Operation& operation) { return put_entry(operation, node, next); });
  if (done) node.entry = next;
  co_return done;
}

Io<> overwrite(Volume& volume, Node& node, FileBytes bytes) {
  const Geometry& geometry = volume.geometry;
  const auto first = static_cast<std::uint32_t>(bytes.from / geometry.cluster_bytes);
  const std::uint32_t end = clusters_for(geometry, bytes.to);
  const Result<Clusters> clusters = co_await clusters_of(volume, node, first, end);
  if (!clusters) co_return fail(clusters.error());
  if (clusters->all.size() != end - first) co_return fail(Error::corrupt);
  co_return co_await put_data(volume, *clusters, bytes);
}

Io<> extend(Volume& volume, Node& node, FileBytes bytes, std::uint64_t size, Stamp written) {
  const Geometry& geometry = volume.geometry;
  if (const Result<void> begun = co_await begin_change(volume); !begun) co_return begun;
  if (node.cut) {
    if (const Result<void> done = co_await commit(volume); !done) co_return done;
  }
  size = std::max<std::uint64_t>(size, node.entry.size);
  const std::uint32_t end = std::max(clusters_for(geometry, size), clusters_for(geometry, bytes.to));
  Result<Clusters> clusters = co_await clusters_of(volume, node, static_cast<std::uint32_t>(bytes.from / geometry.cluster_bytes), end);
  if (!clusters) co_return fail(clusters.error());
  if (const Result<void> added = co_await add_free(volume, *clusters, end); !added) co_return added;
  if (const Result<void> done = co_await put_data(volume, *clusters, bytes); !done) co_return done;
  Entry next = node.entry;
  next.size = static_cast<std::uint32_t>(size);
  next.written = written;
  next.attributes |= entry::kArchive;
  const auto fresh = std::span(clusters->all).subspan(clusters->old);
  if (next.first == 0 && !fresh.empty()) next.first = fresh.front();
  const Result<void> done = co_await run(volume, [&](Operation& operation) -> Result<void> {
    TRY(link_clusters(operation, clusters->tail, fresh));
    return put_entry(operation, node, next);
  });
  if (done) node.entry = next;
  co_return done;
}

Io<> grow(Volume& volume, Node& node, std::uint64_t size, Stamp written) {
  const std::uint32_t sector = volume.device.facts().sector_bytes;
  if (size > kMostFileBytes) co_return fail(Error::too_large);
  if (size <= node.entry.size) co_return Result<void>();
  const std::uint32_t before = node.entry.size;
  if (const Result<void> cleared = co_await clear_tail(volume, node); !cleared) co_return cleared;
  while (node.entry.size < size) {
    const std::uint64_t end = std::min(size, round_up(node.entry.size + 1, step_bytes(volume)));
    const FileBytes zeros{.from = round_up(node.entry.size, sector), .to = round_up(end, sector), .pieces = {}};
    const Result<void> done = co_await extend(volume, node, zeros, end, written);
    if (!done && done.error() == Error::no_space) (void)co_await shrink(volume, node, before, written);
    if (!done) co_return done;
  }
  co_return Result<void>();
}

Io<> shrink(Volume& volume, Node& node, std::uint32_t size, Stamp written) {
  const Geometry& geometry = volume.geometry;
  if (const Result<void> begun = co_await begin_change(volume); !begun) co_return begun;
  Entry next = node.entry;
  next.size = size;
  next.written = written;
  next.attributes |= entry::kArchive;
  const std::uint32_t keeps = clusters_for(geometry, size), had = clusters_for(geometry, node.entry.size);
  if (size == 0) next.first = 0;
  const Result<void> done = co_await run(volume, [&](Operation& operation) -> Result<void> {
    if (size == 0 && node.entry.first != 0) operation.freed.push_back(node.entry.first);
    if (size != 0 && keeps < had) operation.cuts.push_back(TRY(cluster_at(operation, node, keeps - 1)));
    operation.freed_clusters = had - keeps;
    return put_entry(operation, node, next);
  });
  if (!done) co_return done;
  node.entry = next;
  node.keep_clusters(keeps);
  // What is free again may not be followed.
  node.cut = size != 0 && (node.cut || keeps < had);
  co_return done;
}

}  // namespace tessera::fs::fat
