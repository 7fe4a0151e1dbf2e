// SPDX-License-Identifier: Apache-2.0
#include "components/fs/service/mounts.hpp"

#include <abi/protocols/fs.hpp>
#include <algorithm>

#include "components/fs/service/say.hpp"

namespace tessera::fs {

namespace wire = protocol::fs;

std::optional<Target> Target::of(std::uint16_t flags) {
  const auto kind = static_cast<std::uint32_t>((flags & wire::kKindMask) >> wire::kKindShift);
  if ((flags & ~wire::kFlags) != 0 || kind > wire::kKindFat) return std::nullopt;
  return Target{.part = static_cast<std::uint32_t>(flags & wire::kPartMask), .kind = kind, .read_only = (flags & wire::kMountReadOnly) != 0};
}

void Mounts::Use::note_let_go(InodeNumber inode) const {
  const auto at = entry_->kept.find(inode);
  if (at != entry_->kept.end() && --at->second == 0) entry_->kept.erase(at);
}

Mounts::Mounts(BlockDevice& disk, std::span<std::byte> memory, std::span<Mounter* const> mounters) : disk_(disk), mounters_(mounters) {
  table_room_ = memory.first(std::min(memory.size(), kTableRoom));
  memory = memory.subspan(table_room_.size());
  const std::size_t count = std::clamp<std::size_t>(memory.size() / kLeastMemory, 1, kMostMounted);
  const std::size_t each = memory.size() / count / 4096 * 4096;
  for (std::size_t i = 0; i < count; ++i) free_memory_.push_back(memory.subspan(i * each, each));
}

Mounts::~Mounts() = default;

Io<const PartitionTable*> Mounts::table() {
  while (reading_table_) (void)co_await table_read_.wait();
  if (!table_) {
    reading_table_ = true;
    auto read = co_await read_partitions(disk_, table_room_);
    reading_table_ = false;
    table_read_.raise();
    if (!read) {
      say("the partition table cannot be read: {}", name(read.error()));
      co_return std::unexpected(read.error());
    }
    if (read->from_backup) say("the first partition table is damaged: its backup is used");
    table_ = std::move(*read);
  }
  co_return &*table_;
}

Io<Mounts::Range> Mounts::range(std::uint32_t part) {
  if (part == 0) co_return Range{.first = 0, .bytes = disk_.facts().bytes};
  const auto all = co_await table();
  if (!all) co_return std::unexpected(all.error());
  const Partition* const found = (*all)->find(part);
  if (found == nullptr) co_return std::unexpected(Error::no_device);
  co_return Range{.first = found->first, .bytes = found->bytes};
}

bool Mounts::mounted_on(Range range) const {
  return std::ranges::any_of(entries_, [&](const auto& one) {
    const Entry& entry = one.second;
    if (!entry.device) return false;
    const std::uint64_t first = entry.device->first(), end = first + entry.device->facts().bytes;
    return first < range.first + range.bytes && range.first < end;
  });
}

Io<Mounter*> Mounts::find_mounter(BlockDevice& device, std::uint32_t kind) {
  for (Mounter* const mounter : mounters_) {
    if (kind != wire::kKindAny && kind != mounter->kind()) continue;
    if (kind != wire::kKindAny) co_return mounter;
    const auto is = co_await mounter->probe(device);
    if (!is) co_return std::unexpected(is.error());
    if (*is) co_return mounter;
  }
  co_return std::unexpected(Error::unsupported);
}

Io<> Mounts::mount(Entry& entry, std::uint32_t part, Target target, bool clear_orphans) {
  const auto where = co_await range(part);
  if (!where) co_return std::unexpected(where.error());
  // Overlaps with what is mounted already, as the whole disk does with its parts.
  if (mounted_on(*where)) co_return std::unexpected(Error::exists);
  if (free_memory_.empty()) co_return std::unexpected(Error::no_memory);
  entry.memory = free_memory_.back();
  free_memory_.pop_back();
  entry.device = std::make_unique<PartDevice>(disk_, where->first, where->bytes, entry.memory);
  const auto mounter = co_await find_mounter(*entry.device, target.kind);
  Error error = mounter ? Error::io : mounter.error();
  if (mounter) {
    auto volume = co_await (*mounter)->mount(*entry.device, {.read_only = target.read_only, .clear_orphans = clear_orphans});
    if (volume) {
      entry.volume = std::move(*volume);
      entry.mounter = *mounter;
      entry.read_only = target.read_only;
      for (const auto& [inode, count] : entry.kept) {
        for (std::uint64_t i = 0; i < count; ++i) (void)co_await entry.volume.files->keep(inode);
      }
      say("part {}: {} is mounted{}", part, (*mounter)->name(), entry.volume.files->read_only() ? ", read-only" : "");
      co_return Result<void>();
    }
    error = volume.error();
  }
  say("part {}: nothing was mounted: {}", part, name(error));
  entry.device.reset();
  free_memory_.push_back(entry.memory);
  co_return std::unexpected(error);
}

Io<> Mounts::end(Entry& entry) {
  if (!entry.volume.files) co_return Result<void>();
  const auto done = co_await entry.volume.files->unmount();
  entry.volume = {};
  entry.device.reset();
  free_memory_.push_back(entry.memory);
  co_return done;
}

// The entry is busy, and this task alone has it.
Io<> Mounts::make_ready(Entry& entry, std::uint32_t part, Target target, std::uint64_t session, bool beginning) {
  const bool anew = beginning && entry.session != session;
  // What is mounted to be written to serves who only reads.
  const bool serves = entry.volume.files && (!entry.read_only || target.read_only);
  if (entry.volume.files && target.kind != wire::kKindAny && target.kind != entry.mounter->kind()) co_return std::unexpected(Error::exists);
  if (serves && !anew) co_return Result<void>();
  while (entry.users > 0) (void)co_await entry.changed.wait();
  if (anew) entry.kept.clear();
  const bool again = static_cast<bool>(entry.volume.files);
  const auto ended = co_await end(entry);
  if (!ended) say("part {}: unmounting failed: {}", part, name(ended.error()));
  // Who only changes the way it is mounted keeps what it has.
  const bool clear = beginning && (anew || !again);
  const auto done = co_await mount(entry, part, target, clear);
  if (done) entry.session = session;
  co_return done;
}

Io<Mounts::Use> Mounts::use(Target target, std::uint64_t session, bool beginning) {
  Entry& entry = entries_[target.part];
  for (;;) {
    while (entry.busy) (void)co_await entry.changed.wait();
    const bool serves = entry.volume.files && (!entry.read_only || target.read_only) &&
                        (target.kind == wire::kKindAny || target.kind == entry.mounter->kind());
    if (serves && !(beginning && entry.session != session)) co_return Use(entry);
    entry.busy = true;
    const auto ready = co_await make_ready(entry, target.part, target, session, beginning);
    entry.busy = false;
    entry.changed.raise();
    if (!ready) co_return std::unexpected(ready.error());
    co_return Use(entry);
  }
}

rt::Task<> Mounts::commit() {
  for (auto& [part, entry] : entries_) {
    if (entry.volume.files == nullptr || entry.busy || entry.read_only) continue;
    const Use use(entry);
    if (const auto done = co_await use.files().sync(0, false); !done) say("part {}: writing failed: {}", part, name(done.error()));
  }
}

Io<> Mounts::unmount(std::uint32_t part) {
  Entry& entry = entries_[part];
  while (entry.busy) (void)co_await entry.changed.wait();
  entry.busy = true;
  while (entry.users > 0) (void)co_await entry.changed.wait();
  const auto done = co_await end(entry);
  entry.kept.clear();
  entry.busy = false;
  entry.changed.raise();
  co_return done;
}

}  // namespace tessera::fs
