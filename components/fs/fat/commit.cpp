// SPDX-License-Identifier: Apache-2.0
// The order: clusters of directories that grew; tables, with new chains and without what is freed; directories with what
// is new and with what goes, which is still there; then without it; and only then what was freed is free. Between
// them the device's cache is flushed.
#include "components/fs/fat/commit.hpp"

#include <algorithm>

#include "components/fs/fat/table.hpp"

namespace tessera::fs::fat {

namespace {

constexpr std::size_t kMostPieces = 64;

Io<> flush(Volume& volume) {
  volume.unflushed = false;
  co_return co_await volume.device.flush();
}

// Neighbours go as one request.
Io<> write_changed(Volume& volume, Role role) {
  const Geometry& geometry = volume.geometry;
  const std::vector<Slot*> slots = volume.sectors.changed_of(role);
  for (std::size_t at = 0; at < slots.size();) {
    std::vector<std::span<std::byte>> pieces;
    const std::uint64_t first = slots[at]->sector;
    for (; at < slots.size() && pieces.size() < kMostPieces && slots[at]->sector == first + pieces.size(); ++at) {
      pieces.push_back(volume.sectors.contents(*slots[at]));
    }
    const std::uint32_t copies = role == Role::table && geometry.mirrored ? geometry.tables : 1;
    for (std::uint32_t copy = 0; copy < copies; ++copy) {
      // Changed tables are those of the active one; it goes first.
      const std::uint64_t sector = first + (role == Role::table ? geometry.table_start(copy) - geometry.table_start(0) : 0);
      if (const Result<void> done = co_await volume.device.write(sector * geometry.sector_bytes, pieces, false); !done) co_return done;
    }
  }
  for (Slot* const slot : slots) volume.sectors.set_clean(*slot);
  co_return Result<void>();
}

// The first bytes of the entries that go: as they were, or as they will be. They are in memory, being changed.
Result<void> put_deletions(Operation& operation, bool gone) {
  Volume& volume = operation.volume;
  for (const Operation::Deletion& one : volume.changes.deletions) {
    if (!one.later) continue;
    const Room sector = TRY(operation.edit(volume.sector_of_position(one.position), Role::directory));
    put8(sector, volume.offset_of_position(one.position), gone ? entry::kDeleted : std::to_integer<std::uint8_t>(one.first));
  }
  return {};
}

// Frees what follows a cluster, and the cluster itself unless it is where a chain ends from now on. In steps: others of the
// volume's users wait meanwhile, and the disk may be written to in between.
Io<> free_chain(Volume& volume, std::uint32_t first, bool keep_first) {
  constexpr std::uint32_t kStep = 256;
  std::uint32_t cluster = first;
  bool keep = keep_first;
  while (cluster != 0) {
    std::uint32_t count = 0;
    const Result<std::uint32_t> rest = co_await run(volume, [&](Operation& operation) -> Result<std::uint32_t> {
      std::uint32_t at = cluster;
      bool keeps = keep;
      for (count = 0; count < kStep && volume.geometry.holds(at); ++count) {
        const std::uint32_t value = TRY(table_value(operation, at));
        // A chain that leads to itself, or to nothing, ends here.
        if (value == 0) return 0u;
        TRY(set_table_value(operation, at, keeps ? end_mark(volume.geometry.width) : 0));
        keeps = false;
        at = is_end(volume.geometry.width, value) ? 0 : value;
      }
      return volume.geometry.holds(at) ? at : 0u;
    });
    if (!rest) co_return fail(rest.error());
    volume.free_clusters = std::min<std::uint64_t>(volume.free_clusters + count - (keep && count != 0 ? 1 : 0), volume.geometry.clusters);
    keep = false;
    cluster = *rest;
    if (volume.sectors.changed() > volume.sectors.size() / 3) {
      if (const Result<void> done = co_await write_changed(volume, Role::table); !done) co_return done;
    }
  }
  co_return Result<void>();
}

Io<> write_all(Volume& volume) {
  Changes& changes = volume.changes;
  Result<void> done;
  if (changes.directory_grew) done = co_await flush(volume);
  const bool tables = !volume.sectors.changed_of(Role::table).empty();
  if (done) done = co_await write_changed(volume, Role::table);
  if (done && (tables || volume.unflushed)) done = co_await flush(volume);
  const bool later = std::ranges::any_of(changes.deletions, &Operation::Deletion::later);
  if (done && later) {
    done = co_await run(volume, [](Operation& operation) { return put_deletions(operation, false); });
  }
  if (done) done = co_await write_changed(volume, Role::directory);
  if (done && later) {
    done = co_await flush(volume);
    if (done) done = co_await run(volume, [](Operation& operation) { return put_deletions(operation, true); });
    if (done) done = co_await write_changed(volume, Role::directory);
  }
  if (done) done = co_await flush(volume);
  if (!done || (changes.freed.empty() && changes.cuts.empty())) co_return done;
  for (std::size_t i = 0; done && i < changes.cuts.size(); ++i) done = co_await free_chain(volume, changes.cuts[i], true);
  for (std::size_t i = 0; done && i < changes.freed.size(); ++i) done = co_await free_chain(volume, changes.freed[i], false);
  if (done) done = co_await write_changed(volume, Role::table);
  if (done) done = co_await flush(volume);
  co_return done;
}

void release_entries(Volume& volume) {
  for (const Operation::Deletion& one : volume.changes.deletions) {
    const auto at = volume.nodes.find(one.position);
    if (at == volume.nodes.end() || !at->second->orphan) volume.reserved.erase(one.position);
  }
}

// The two marks of a volume that is not cleanly unmounted: a byte of the boot sector, and but for FAT12 a bit of the
// second entry of the table, which is set while all is well.
std::uint32_t clean_bit(Width width) { return width == Width::fat12 ? 0 : width == Width::fat16 ? 0x8000 : 0x0800'0000; }
std::size_t state_place(const Geometry& geometry) { return geometry.fat32() ? boot::kState32 : boot::kState16; }

template <typename F>
Io<> edit_sector(Volume& volume, std::uint64_t sector, F edit) {
  const std::span<std::byte> room = volume.bounce.first(volume.geometry.sector_bytes);
  const std::uint64_t place = sector * volume.geometry.sector_bytes;
  if (const Result<void> came = co_await volume.device.read(place, std::span(&room, 1)); !came) co_return came;
  edit(Room(room));
  co_return co_await volume.device.write(place, std::span(&room, 1), true);
}

Io<> set_marks(Volume& volume, bool clean) {
  if (const std::uint32_t bit = clean_bit(volume.geometry.width); bit != 0) {
    Result<void> done = co_await run(volume, [&](Operation& operation) -> Result<void> {
      const std::uint32_t old = TRY(table_value(operation, 1));
      return set_table_value(operation, 1, clean ? old | bit : old & ~bit);
    });
    if (done) done = co_await write_changed(volume, Role::table);
    if (!done) co_return done;
  }
  co_return co_await edit_sector(volume, 0, [&](Room sector) {
    const std::size_t at = state_place(volume.geometry);
    put8(sector, at, clean ? get8(sector, at) & ~boot::kDirty : get8(sector, at) | boot::kDirty);
  });
}

}  // namespace

Io<bool> marked_clean(Volume& volume) {
  const std::span<std::byte> room = volume.bounce.first(volume.geometry.sector_bytes);
  if (const Result<void> came = co_await volume.device.read(0, std::span(&room, 1)); !came) co_return fail(came.error());
  if ((get8(room, state_place(volume.geometry)) & boot::kDirty) != 0) co_return false;
  const std::uint32_t bit = clean_bit(volume.geometry.width);
  const Result<std::uint32_t> value = co_await run(volume, [](Operation& operation) { return table_value(operation, 1); });
  if (!value) co_return fail(value.error());
  co_return (*value & bit) == bit;
}

Io<> begin_change(Volume& volume) {
  if (volume.failed) co_return fail(Error::io);
  if (volume.read_only) co_return fail(Error::read_only);
  if (volume.sectors.changed() > volume.sectors.size() / 3) {
    if (const Result<void> done = co_await commit(volume); !done) co_return done;
  }
  if (volume.marked || volume.was_dirty) co_return Result<void>();
  if (const Result<void> done = co_await set_marks(volume, false); !done) co_return done;
  volume.marked = true;
  co_return Result<void>();
}

Io<> commit(Volume& volume) {
  if (volume.failed) co_return fail(Error::io);
  const Changes& changes = volume.changes;
  if (volume.sectors.changed() == 0 && changes.freed.empty() && changes.cuts.empty() && changes.deletions.empty()) {
    if (!volume.unflushed) co_return Result<void>();
    co_return co_await flush(volume);
  }
  const Result<void> done = co_await write_all(volume);
  if (!done) {
    // It cannot be known what is on the disk.
    volume.failed = volume.read_only = true;
    co_return done;
  }
  release_entries(volume);
  volume.changes = {};
  for (const auto& [position, node] : volume.nodes) node->cut = false;
  for (const NodeRef& node : volume.homeless) node->cut = false;
  co_return Result<void>();
}

Io<> mark_clean(Volume& volume) {
  const Geometry& geometry = volume.geometry;
  if (geometry.info_sector != 0) {
    const Result<void> done = co_await edit_sector(volume, geometry.info_sector, [&](Room sector) {
      if (get32(sector, info::kLead) != info::kLeadValue || get32(sector, info::kStruct) != info::kStructValue) return;
      put32(sector, info::kFree, static_cast<std::uint32_t>(volume.free_clusters));
      put32(sector, info::kNext, volume.next_free);
    });
    if (!done) co_return done;
  }
  if (volume.marked) co_return co_await set_marks(volume, true);
  co_return Result<void>();
}

}  // namespace tessera::fs::fat
