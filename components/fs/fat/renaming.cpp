// SPDX-License-Identifier: Apache-2.0
// Files and directories get other names. What is new is durable before what is old goes: a loss of power in between
// leaves both names. Where all of it lies in one sector it happens at once.
#include "components/fs/fat/commit.hpp"
#include "components/fs/fat/instance.hpp"
#include "components/fs/fat/table.hpp"

namespace tessera::fs::fat {

namespace {

using Mode = VolumeLock::Mode;
constexpr unsigned kMostDepth = 4096;

// The slot ".." of a directory.
struct UpSlot {
  std::uint64_t sector = 0;
  std::size_t offset = entry::kBytes;
};
Result<std::optional<UpSlot>> up_slot(Operation& operation, std::uint32_t first) {
  if (!operation.volume.geometry.holds(first)) return fail(Error::corrupt);
  const UpSlot at{.sector = operation.volume.geometry.sector_of(first)};
  const Bytes slot = TRY(operation.read(at.sector)).subspan(at.offset, entry::kBytes);
  if (text(slot.first(entry::kNameBytes)) != "..         ") return std::nullopt;
  return at;
}

// Whether `directory` lies in the directory that begins with this cluster, or is it.
Io<bool> lies_in(Volume& volume, const Node& directory, std::uint32_t first) {
  std::uint32_t cluster = directory.root() ? 0 : directory.entry.first;
  for (unsigned depth = 0; depth < kMostDepth; ++depth) {
    if (cluster == first) co_return true;
    if (cluster == 0 || cluster == volume.geometry.root_cluster) co_return false;
    const Result<std::uint32_t> above = co_await run(volume, [&](Operation& operation) -> Result<std::uint32_t> {
      const std::optional<UpSlot> up = TRY(up_slot(operation, cluster));
      if (!up) return fail(Error::corrupt);
      return Entry::of(TRY(operation.read(up->sector)).subspan(up->offset, entry::kBytes), volume.geometry.fat32()).first;
    });
    if (!above) co_return fail(above.error());
    cluster = *above;
  }
  co_return fail(Error::corrupt);
}

// All that a rename is about.
struct Rename {
  NodeRef from, to;  // directories
  Found source;
  std::optional<Found> target;
  NodeRef moved, replaced;
  Stamp now;
  [[nodiscard]] bool across() const { return from != to; }
  [[nodiscard]] bool same() const { return target && target->position == source.position; }
};

// A directory has another parent.
Result<void> put_parent(Operation& operation, const Node& node, const Node& parent) {
  if (!node.directory()) return {};
  const std::optional<UpSlot> up = TRY(up_slot(operation, node.entry.first));
  if (!up) return {};
  const Room slot = TRY(operation.edit(up->sector, Role::directory)).subspan(up->offset, entry::kBytes);
  Entry of = Entry::of(slot, true);
  of.first = parent.root() ? 0 : parent.entry.first;
  of.put(slot);
  return {};
}

Result<void> put_times(Operation& operation, const Rename& rename) {
  for (const NodeRef& directory : {rename.from, rename.to}) {
    Entry next = directory->entry;
    next.written = rename.now;
    TRY(put_entry(operation, *directory, next));
  }
  return {};
}

void note_times(const Rename& rename) { rename.from->entry.written = rename.to->entry.written = rename.now; }

void count_directory(Node& in, const Node& node, int by) {
  if (node.directory() && in.subdirectories) *in.subdirectories += static_cast<std::uint32_t>(by);
}

Io<> exchange(Volume& volume, const Rename& rename) {
  Node &one = *rename.moved, &other = *rename.replaced;
  const Result<void> done = co_await run(volume, [&](Operation& operation) -> Result<void> {
    // In memory both still are where they were.
    TRY(put_entry(operation, one, other.entry));
    TRY(put_entry(operation, other, one.entry));
    if (rename.across()) {
      TRY(put_parent(operation, one, *rename.to));
      TRY(put_parent(operation, other, *rename.from));
    }
    return put_times(operation, rename);
  });
  if (!done) co_return done;
  count_directory(*rename.from, one, -1), count_directory(*rename.from, other, 1);
  count_directory(*rename.to, other, -1), count_directory(*rename.to, one, 1);
  swap_nodes(volume, one, other);
  note_times(rename);
  co_return done;
}

// The entry that has the name becomes the moved file's.
Io<> replace(Volume& volume, const Rename& rename) {
  Node &moved = *rename.moved, &replaced = *rename.replaced;
  const std::uint64_t position = replaced.position;
  Entry entry = moved.entry;
  // Who has the replaced file open goes on to know it by its number.
  entry.born = unused_stamp(volume, position, entry.born, replaced.number);
  const Result<void> done = co_await run(volume, [&](Operation& operation) -> Result<void> {
    TRY(put_entry(operation, replaced, entry));
    const bool at_once = volume.sector_of_position(position) == volume.sector_of_position(rename.source.position) &&
                         rename.source.first / volume.entries_per_sector() == rename.source.last / volume.entries_per_sector();
    TRY(remove_name(operation, *rename.from, rename.source, !at_once, false));
    if (rename.across()) TRY(put_parent(operation, moved, *rename.to));
    return put_times(operation, rename);
  });
  if (!done) co_return done;
  count_directory(*rename.from, moved, -1), count_directory(*rename.to, replaced, -1), count_directory(*rename.to, moved, 1);
  note_times(rename);
  orphan_node(volume, replaced, false);
  moved.entry = entry;
  move_node(volume, moved, position);
  if (replaced.kept == 0) co_return co_await free_orphan(volume, rename.replaced);
  co_return done;
}

Io<> move(Volume& volume, const Rename& rename, const NewName& name) {
  const Result<Place> place = co_await make_place(volume, *rename.to, name, rename.same() ? rename.source.position : 0);
  if (!place) co_return fail(place.error());
  Node& moved = *rename.moved;
  Entry entry = moved.entry;
  entry.born = unused_stamp(volume, place->position, entry.born);
  const Result<void> done = co_await run(volume, [&](Operation& operation) -> Result<void> {
    TRY(put_name(operation, *rename.to, *place, name, entry));
    TRY(remove_name(operation, *rename.from, rename.source, !in_one_sector(volume, rename.source, *place, name.slots()), false));
    if (rename.across()) TRY(put_parent(operation, moved, *rename.to));
    return put_times(operation, rename);
  });
  if (!done) co_return done;
  count_directory(*rename.from, moved, -1), count_directory(*rename.to, moved, 1);
  note_times(rename);
  moved.entry = entry;
  move_node(volume, moved, place->position);
  co_return done;
}

Io<> check(Volume& volume, const Rename& rename, std::uint32_t flags) {
  const Node& moved = *rename.moved;
  if (rename.across() && moved.directory()) {
    const Result<bool> inside = co_await lies_in(volume, *rename.to, moved.entry.first);
    if (!inside) co_return fail(inside.error());
    if (*inside) co_return fail(Error::invalid);
  }
  if (!rename.replaced) co_return Result<void>();
  if (flags == kRenameExchange) {
    if (!rename.across() || !rename.replaced->directory()) co_return Result<void>();
    const Result<bool> inside = co_await lies_in(volume, *rename.from, rename.replaced->entry.first);
    if (!inside) co_return fail(inside.error());
    co_return *inside ? Result<void>(fail(Error::invalid)) : Result<void>();
  }
  if (moved.directory() != rename.replaced->directory()) co_return fail(moved.directory() ? Error::not_directory : Error::is_directory);
  if (!moved.directory()) co_return Result<void>();
  const Result<bool> empty = co_await is_empty(volume, *rename.replaced);
  if (!empty) co_return fail(empty.error());
  co_return *empty ? Result<void>() : Result<void>(fail(Error::not_empty));
}

Io<> rename_held(Volume& volume, Rename& rename, std::string_view name, std::string_view to_name, std::uint32_t flags) {
  Result<Found> source = co_await find_name(volume, *rename.from, name);
  if (!source) co_return fail(source.error());
  const Result<NewName> wanted = new_name(to_name);
  if (!wanted) co_return fail(wanted.error());
  Result<Found> target = co_await find_name(volume, *rename.to, to_name);
  if (!target && target.error() != Error::not_found) co_return fail(target.error());
  rename.source = std::move(*source);
  if (target) rename.target = std::move(*target);
  if (rename.target && flags == kRenameNoReplace) co_return fail(Error::exists);
  if (!rename.target && flags == kRenameExchange) co_return fail(Error::not_found);
  if (rename.same() && (flags == kRenameExchange || std::string_view(rename.source.name) == wanted->text)) co_return Result<void>();
  rename.moved = node_at(volume, rename.source.position, rename.source.raw());
  // The same file by its name in other letters: it gets the new ones.
  if (rename.target && !rename.same()) rename.replaced = node_at(volume, rename.target->position, rename.target->raw());
  if (rename.to->orphan) co_return fail(Error::not_found);
  if (const Result<void> checked = co_await check(volume, rename, flags); !checked) co_return checked;
  if (const Result<void> begun = co_await begin_change(volume); !begun) co_return begun;
  if (flags == kRenameExchange) co_return co_await exchange(volume, rename);
  if (rename.replaced) co_return co_await replace(volume, rename);
  co_return co_await move(volume, rename, *wanted);
}

}  // namespace

Io<> Instance::rename(InodeNumber from, std::string_view name, InodeNumber to, std::string_view to_name, std::uint32_t flags, Time now) {
  Volume& volume = *volume_;
  if ((flags & ~(kRenameNoReplace | kRenameExchange)) != 0 || flags == (kRenameNoReplace | kRenameExchange)) co_return fail(Error::invalid);
  VolumeLock::Held held;
  if (const Result<void> taken = co_await held.take(volume.lock, Mode::exclusive); !taken) co_return taken;
  const Result<NodeRef> source = co_await resolve_directory(volume, from);
  if (!source) co_return fail(source.error());
  const Result<NodeRef> target = co_await resolve_directory(volume, to);
  if (!target) co_return fail(target.error());
  Rename rename;
  rename.from = *source;
  rename.to = *target;
  rename.now = {.date = to_stamp(now).date, .time = to_stamp(now).time};
  const Result<void> done = co_await rename_held(volume, rename, name, to_name, flags);
  if (!done) note_failure(volume, done.error());
  co_return done;
}

}  // namespace tessera::fs::fat
