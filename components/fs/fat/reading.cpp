// SPDX-License-Identifier: Apache-2.0
// What files and directories hold, and what is known of them.
#include <algorithm>

#include "components/fs/fat/instance.hpp"
#include "components/fs/fat/table.hpp"
#include "components/fs/pieces.hpp"

namespace tessera::fs::fat {

namespace {

constexpr std::uint32_t kRegular = 0x8000, kFolder = 0x4000, kEverything = 0755, kNoWriting = 0555;

using Mode = VolumeLock::Mode;

}  // namespace

Io<Attributes> attributes_of(Volume& volume, Node& node) {
  const Entry& of = node.entry;
  Attributes told;
  told.inode = node.number;
  if (node.directory()) {
    const Result<std::uint32_t> inside = co_await count_subdirectories(volume, node);
    if (!inside) co_return fail(inside.error());
    std::uint64_t bytes = std::uint64_t{volume.geometry.root_sectors} * volume.geometry.sector_bytes;
    if (!node.root() || volume.geometry.fat32()) {
      const Result<std::uint32_t> clusters = co_await count_clusters(volume, node);
      if (!clusters) co_return fail(clusters.error());
      bytes = std::uint64_t{*clusters} * volume.geometry.cluster_bytes;
    }
    told.mode = kFolder | kEverything;
    told.links = node.orphan ? 0 : 2 + *inside;
    told.size = bytes;
  } else {
    told.mode = kRegular | ((of.attributes & entry::kReadOnly) != 0 ? kNoWriting : kEverything);
    told.links = node.orphan ? 0 : 1;
    told.size = of.size;
  }
  told.blocks = (told.size + volume.geometry.cluster_bytes - 1) / volume.geometry.cluster_bytes * (volume.geometry.cluster_bytes / 512);
  told.modified = told.changed = from_stamp(of.written);
  told.accessed = from_stamp({.date = of.accessed});
  told.born = from_stamp(of.born);
  co_return told;
}

Io<Space> Instance::space() {
  const Volume& volume = *volume_;
  const std::uint64_t free = std::min<std::uint64_t>(volume.free_clusters + volume.changes.freed_clusters, volume.geometry.clusters);
  co_return Space{.block_bytes = volume.geometry.cluster_bytes,
                  .blocks = volume.geometry.clusters,
                  .free_blocks = free,
                  .available_blocks = free,
                  .inodes = 0,
                  .free_inodes = 0,
                  .longest_name = 255};
}

Io<Attributes> Instance::attributes(InodeNumber inode) {
  VolumeLock::Held held;
  if (const Result<void> taken = co_await held.take(volume_->lock, Mode::shared); !taken) co_return fail(taken.error());
  const Result<NodeRef> node = co_await resolve(*volume_, inode);
  if (!node) co_return fail(node.error());
  co_return co_await attributes_of(*volume_, **node);
}

Io<Attributes> Instance::lookup(InodeNumber directory, std::string_view name) {
  VolumeLock::Held held;
  if (const Result<void> taken = co_await held.take(volume_->lock, Mode::shared); !taken) co_return fail(taken.error());
  const Result<NodeRef> in = co_await resolve_directory(*volume_, directory);
  if (!in) co_return fail(in.error());
  const Result<Found> found = co_await find_name(*volume_, **in, name);
  if (!found) co_return fail(found.error());
  const NodeRef node = node_at(*volume_, found->position, found->raw());
  co_return co_await attributes_of(*volume_, *node);
}

Io<std::uint64_t> Instance::read_directory(InodeNumber directory, std::uint64_t position, DirectorySink& sink) {
  class Lister final : public Visitor {
   public:
    Lister(Volume& of, std::uint64_t from, DirectorySink& to) : position(from), volume_(of), sink_(to) {}
    bool entry(const Found& found) override {
      const NodeRef node = node_at(volume_, found.position, found.raw());
      if (!sink_.add({.name = found.name, .inode = node->number, .type = node->directory() ? kFolder : kRegular, .next_position = found.last + 1})) return false;
      position = found.last + 1;
      return true;
    }
    std::uint64_t position;

   private:
    Volume& volume_;
    DirectorySink& sink_;
  };
  VolumeLock::Held held;
  if (const Result<void> taken = co_await held.take(volume_->lock, Mode::shared); !taken) co_return fail(taken.error());
  const Result<NodeRef> in = co_await resolve_directory(*volume_, directory);
  if (!in) co_return fail(in.error());
  if (position >= entry::kMostInDirectory) co_return position;
  Lister lister(*volume_, position, sink);
  if (const Result<void> walked = co_await walk(*volume_, **in, static_cast<std::uint32_t>(position), lister); !walked) co_return fail(walked.error());
  co_return lister.position;
}

Io<std::size_t> Instance::read_link(InodeNumber, std::span<std::byte>) { co_return fail(Error::invalid); }

namespace {

// A run of clusters one behind the other, in bytes.
struct Run {
  std::uint64_t place = 0, bytes = 0;
};

Result<Run> run_at(Operation& operation, Node& node, std::uint64_t offset, std::uint64_t most) {
  const Geometry& geometry = operation.volume.geometry;
  const auto index = static_cast<std::uint32_t>(offset / geometry.cluster_bytes);
  const std::uint64_t within = offset % geometry.cluster_bytes;
  const std::uint32_t first = TRY(cluster_at(operation, node, index));
  std::uint32_t last = first;
  std::uint64_t bytes = geometry.cluster_bytes - within;
  while (bytes < most) {
    const std::optional<std::uint32_t> next = TRY(next_cluster(operation, last));
    if (!next || *next != last + 1) break;
    last = *next;
    bytes += geometry.cluster_bytes;
  }
  return Run{.place = geometry.place_of(first) + within, .bytes = std::min(bytes, most)};
}

void zero(BlockDevice::Pieces pieces, std::uint64_t from, std::uint64_t bytes) {
  std::vector<std::span<std::byte>> parts;
  slice(pieces, from, bytes, parts);
  for (const std::span<std::byte> part : parts) clear(part);
}

}  // namespace

Io<std::size_t> Instance::read(InodeNumber inode, std::uint64_t offset, Pieces to) {
  Volume& volume = *volume_;
  const std::uint32_t sector = volume.device.facts().sector_bytes;
  const std::uint64_t wanted = bytes_of(to);
  if (offset % sector != 0 || wanted % sector != 0) co_return fail(Error::invalid);
  VolumeLock::Held held;
  if (const Result<void> taken = co_await held.take(volume.lock, Mode::shared); !taken) co_return fail(taken.error());
  const Result<NodeRef> node = co_await resolve_file(volume, inode);
  if (!node) co_return fail(node.error());
  const std::uint64_t size = (*node)->entry.size, there = offset >= size ? 0 : std::min(wanted, size - offset);
  // Whole sectors: what is behind the end in the last one is cleared afterwards.
  const std::uint64_t end = (there + sector - 1) / sector * sector;
  for (std::uint64_t done = 0; done < end;) {
    const Result<Run> part = co_await run(volume, [&](Operation& operation) { return run_at(operation, **node, offset + done, end - done); });
    if (!part) co_return fail(part.error());
    std::vector<std::span<std::byte>> pieces;
    slice(to, done, part->bytes, pieces);
    if (const Result<void> came = co_await volume.device.read(part->place, pieces); !came) co_return fail(came.error());
    done += part->bytes;
  }
  if (there < wanted) zero(to, there, wanted - there);
  co_return static_cast<std::size_t>(there);
}

Io<std::uint64_t> Instance::seek(InodeNumber inode, std::uint64_t offset, bool hole) {
  VolumeLock::Held held;
  if (const Result<void> taken = co_await held.take(volume_->lock, Mode::shared); !taken) co_return fail(taken.error());
  const Result<NodeRef> node = co_await resolve_file(*volume_, inode);
  if (!node) co_return fail(node.error());
  // There are no holes but the one behind the end.
  const std::uint64_t size = (*node)->entry.size;
  if (offset >= size) co_return fail(Error::not_found);
  co_return hole ? size : offset;
}

Io<std::size_t> Instance::get_extended(InodeNumber, std::string_view, std::span<std::byte>) { co_return fail(Error::unsupported); }
Io<std::size_t> Instance::list_extended(InodeNumber, std::span<std::byte>) { co_return fail(Error::unsupported); }
Io<> Instance::set_extended(InodeNumber, std::string_view, std::span<const std::byte>, std::uint32_t, Time) { co_return fail(Error::unsupported); }
Io<> Instance::remove_extended(InodeNumber, std::string_view, Time) { co_return fail(Error::unsupported); }

}  // namespace tessera::fs::fat
