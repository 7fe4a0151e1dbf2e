// SPDX-License-Identifier: Apache-2.0
// Files and directories come and go.
#include <algorithm>

#include "components/fs/fat/commit.hpp"
#include "components/fs/fat/file_data.hpp"
#include "components/fs/fat/instance.hpp"
#include "components/fs/fat/table.hpp"

namespace tessera::fs::fat {

namespace {

using Mode = VolumeLock::Mode;
constexpr std::uint32_t kTypeMask = 0xf000, kRegular = 0x8000, kFolder = 0x4000;

// "." and ".." of a directory, in a sector of its own, which is on the disk before anything leads there.
Io<> write_dots(Volume& volume, std::uint32_t cluster, const Node& parent, Entry of) {
  const Room sector = volume.bounce.first(volume.geometry.sector_bytes);
  clear(sector);
  for (std::size_t i = 0; i < 2; ++i) {
    const Room slot = sector.subspan(i * entry::kBytes, entry::kBytes);
    std::ranges::fill(slot.first(entry::kNameBytes), std::byte{' '});
    std::ranges::fill(slot.first(i + 1), std::byte{'.'});
    of.first = i == 0 ? cluster : parent.root() ? 0 : parent.entry.first;
    of.put(slot);
  }
  const std::span<std::byte> piece = sector;
  co_return co_await volume.device.write(volume.geometry.place_of(cluster), std::span(&piece, 1), false);
}

// A directory's clusters will be free: what is kept of orphans in their entries there is not to be found again.
Io<> leave_clusters(Volume& volume, Node& directory) {
  const Geometry& geometry = volume.geometry;
  for (std::uint32_t index = 0;; ++index) {
    const Result<bool> more = co_await run(volume, [&](Operation& operation) -> Result<bool> {
      const std::optional<std::uint32_t> cluster = TRY(find_cluster(operation, directory, index));
      if (!cluster) return false;
      const std::uint64_t first = geometry.sector_of(*cluster), per_sector = volume.entries_per_sector();
      const auto end = volume.nodes.lower_bound((first + geometry.cluster_sectors) * per_sector);
      for (auto at = volume.nodes.lower_bound(first * per_sector); at != end; ++at) {
        const Room sector = TRY(operation.edit(volume.sector_of_position(at->first), Role::directory));
        const std::size_t place = volume.offset_of_position(at->first) + entry::kCase;
        put8(sector, place, get8(sector, place) & ~entry::kKept);
      }
      return true;
    });
    if (!more) co_return fail(more.error());
    if (!*more) co_return Result<void>();
    const Result<std::uint32_t> cluster = co_await run(volume, [&](Operation& operation) { return cluster_at(operation, directory, index); });
    if (!cluster) co_return fail(cluster.error());
    detach_orphans(volume, geometry.sector_of(*cluster), geometry.cluster_sectors);
  }
}

std::uint32_t clusters_of_file(const Volume& volume, const Node& node) {
  return static_cast<std::uint32_t>((node.entry.size + std::uint64_t{volume.geometry.cluster_bytes} - 1) / volume.geometry.cluster_bytes);
}

}  // namespace

Io<> free_orphan(Volume& volume, const NodeRef& node) {
  if (node->directory()) {
    if (const Result<void> left = co_await leave_clusters(volume, *node); !left) co_return left;
  }
  const Result<void> done = co_await run(volume, [&](Operation& operation) -> Result<void> {
    if (node->position != 0) {
      const Room sector = TRY(operation.edit(volume.sector_of_position(node->position), Role::directory));
      const std::size_t place = volume.offset_of_position(node->position) + entry::kCase;
      put8(sector, place, get8(sector, place) & ~entry::kKept);
    }
    if (node->entry.first != 0) operation.freed.push_back(node->entry.first);
    operation.freed_clusters = clusters_of_file(volume, *node);
    return {};
  });
  if (!done) co_return done;
  // Until it is durable that the name is gone, nothing else lies there.
  if (node->position != 0 && !std::ranges::contains(volume.changes.deletions, node->position, &Operation::Deletion::position)) volume.reserved.erase(node->position);
  forget_node(volume, *node);
  co_return done;
}

Io<Attributes> Instance::create(InodeNumber in, std::string_view name, const NewInode& what) {
  Volume& volume = *volume_;
  const std::uint32_t type = what.mode & kTypeMask;
  VolumeLock::Held held;
  if (const Result<void> taken = co_await held.take(volume.lock, Mode::exclusive); !taken) co_return fail(taken.error());
  const Result<NodeRef> directory = co_await resolve_directory(volume, in);
  if (!directory) co_return fail(directory.error());
  // Neither other types nor files without a name.
  if ((type != kRegular && type != kFolder) || name.empty()) co_return fail(Error::unsupported);
  if ((*directory)->orphan) co_return fail(Error::not_found);
  const Result<NewName> wanted = new_name(name);
  if (!wanted) co_return fail(wanted.error());
  if (const Result<void> begun = co_await begin_change(volume); !begun) co_return fail(begun.error());
  const Result<Place> place = co_await make_place(volume, **directory, *wanted);
  if (!place) co_return fail(place.error());

  const Stamp now = to_stamp(what.now);
  Entry entry;
  entry.attributes = type == kFolder ? entry::kDirectory : entry::kArchive;
  entry.born = unused_stamp(volume, place->position, now);
  entry.written = {.date = now.date, .time = now.time};
  entry.accessed = now.date;
  std::vector<std::uint32_t> clusters;
  if (type == kFolder) {
    Result<std::vector<std::uint32_t>> fresh = co_await zeroed_clusters(volume, 1, 0);
    if (!fresh) co_return fail(fresh.error());
    if (const Result<void> wrote = co_await write_dots(volume, fresh->front(), **directory, entry); !wrote) co_return fail(wrote.error());
    clusters = std::move(*fresh);
    entry.first = clusters.front();
  }
  Entry parent = (*directory)->entry;
  parent.written = entry.written;
  std::array<std::byte, entry::kBytes> slot{};
  entry.put(slot);
  const Result<void> done = co_await run(volume, [&](Operation& operation) -> Result<void> {
    TRY(link_clusters(operation, 0, clusters));
    TRY(put_name(operation, **directory, *place, *wanted, entry));
    return put_entry(operation, **directory, parent);
  });
  if (!done) {
    note_failure(volume, done.error());
    co_return fail(done.error());
  }
  (*directory)->entry = parent;
  if (type == kFolder && (*directory)->subdirectories) ++*(*directory)->subdirectories;
  const NodeRef node = node_at(volume, place->position, slot);
  co_return co_await attributes_of(volume, *node);
}

Io<> Instance::link(InodeNumber, InodeNumber, std::string_view, Time) { co_return fail(Error::unsupported); }

Io<Attributes> Instance::unlink(InodeNumber in, std::string_view name, bool is_directory, Time now) {
  Volume& volume = *volume_;
  VolumeLock::Held held;
  if (const Result<void> taken = co_await held.take(volume.lock, Mode::exclusive); !taken) co_return fail(taken.error());
  const Result<NodeRef> directory = co_await resolve_directory(volume, in);
  if (!directory) co_return fail(directory.error());
  const Result<Found> found = co_await find_name(volume, **directory, name);
  if (!found) co_return fail(found.error());
  const NodeRef node = node_at(volume, found->position, found->raw());
  if (node->directory() != is_directory) co_return fail(is_directory ? Error::not_directory : Error::is_directory);
  if (const Result<void> begun = co_await begin_change(volume); !begun) co_return fail(begun.error());
  if (is_directory) {
    const Result<bool> empty = co_await is_empty(volume, *node);
    if (!empty) co_return fail(empty.error());
    if (!*empty) co_return fail(Error::not_empty);
  }
  const bool kept = node->kept != 0;
  Entry parent = (*directory)->entry;
  parent.written = {.date = to_stamp(now).date, .time = to_stamp(now).time};
  Result<void> done = co_await run(volume, [&](Operation& operation) -> Result<void> {
    TRY(remove_name(operation, **directory, *found, false, kept));
    return put_entry(operation, **directory, parent);
  });
  if (done) {
    (*directory)->entry = parent;
    if (is_directory && (*directory)->subdirectories) --*(*directory)->subdirectories;
    orphan_node(volume, *node, true);
    if (!kept) done = co_await free_orphan(volume, node);
  }
  if (!done) {
    note_failure(volume, done.error());
    co_return fail(done.error());
  }
  Attributes told;
  told.inode = node->number;
  told.mode = is_directory ? kFolder : kRegular;
  if (!is_directory || kept) {
    if (const Result<Attributes> all = co_await attributes_of(volume, *node)) told = *all;
  }
  co_return told;
}

}  // namespace tessera::fs::fat
