// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "components/fs/ext4/ext4.hpp"
#include "components/fs/ext4/groups.hpp"
#include "components/fs/ext4/instance.hpp"
#include "components/fs/ext4/journal.hpp"
#include "components/fs/ext4/orphans.hpp"
#include "components/fs/ext4/seal.hpp"

namespace tessera::fs::ext4 {

namespace {

constexpr std::size_t kLeastBlocks = 256;   // of memory
constexpr std::size_t kProbedBytes = 4096;  // hold the superblock
using Mounted = std::expected<void, MountFailure>;

std::unexpected<MountFailure> refuse(Error error, std::string_view reason) {
  return std::unexpected(MountFailure{.error = error, .reason = reason});
}

Io<Bytes> read_start(BlockDevice& device) {
  if (device.memory().size() < kProbedBytes || device.facts().bytes < kProbedBytes) co_return fail(Error::invalid);
  const std::span<std::byte> to = device.memory().first(kProbedBytes);
  if (const Result<void> came = co_await device.read(0, std::span(&to, 1)); !came) co_return fail(came.error());
  co_return Bytes(to).subspan(sb::kOffset, sb::kBytes);
}

// Where the first group's blocks are, which the journal's inode is found by before anything is sure.
Io<> find_first_group(Volume& volume) {
  volume.groups.assign(volume.geometry.groups, {});
  co_return co_await look(volume, [&](Operation& operation) -> Result<void> {
    const Descriptor first = TRY(descriptor(operation, 0));
    const std::uint64_t table = first.place(gd::kInodeTable, gd::kInodeTableHigh);
    if (!volume.geometry.holds(table, volume.geometry.inode_table_blocks())) return fail(Error::corrupt);
    volume.groups[0].inode_table = table;
    return {};
  });
}

// Checks all descriptors and notes what they say.
rt::Task<Mounted> read_groups(Volume& volume) {
  const Geometry& geometry = volume.geometry;
  volume.groups.assign(geometry.groups, {});
  volume.system = {};
  volume.free_blocks = volume.free_inodes = 0;
  const std::uint32_t table_blocks = geometry.inode_table_blocks();
  for (std::uint32_t group = 0; group < geometry.groups; ++group) {
    const Result<bool> holds = co_await look(volume, [&](Operation& operation) -> Result<bool> {
      const Descriptor of = TRY(descriptor(operation, group));
      const GroupPlaces places{.block_bitmap = of.place(gd::kBlockBitmap, gd::kBlockBitmapHigh),
                               .inode_bitmap = of.place(gd::kInodeBitmap, gd::kInodeBitmapHigh),
                               .inode_table = of.place(gd::kInodeTable, gd::kInodeTableHigh)};
      volume.groups[group] = places;
      if (geometry.uninit_groups() && descriptor_checksum(geometry, group, of.raw) != get16(of.raw, gd::kChecksum)) return false;
      volume.free_blocks += of.free_blocks();
      volume.free_inodes += of.free_inodes();
      return geometry.holds(places.block_bitmap, 1) && geometry.holds(places.inode_bitmap, 1) &&
             geometry.holds(places.inode_table, table_blocks) && of.free_inodes() <= geometry.inodes_per_group &&
             of.unused_inodes() <= geometry.inodes_per_group;
    });
    if (!holds) co_return refuse(holds.error(), "the group descriptors could not be read");
    if (!*holds) co_return refuse(Error::corrupt, "a group descriptor");
    const GroupPlaces& places = volume.groups[group];
    volume.system.add({places.block_bitmap, 1});
    volume.system.add({places.inode_bitmap, 1});
    volume.system.add({places.inode_table, table_blocks});
    if (const std::uint32_t base = geometry.base_blocks(group); base != 0) volume.system.add({geometry.first_block(group), base});
  }
  if (!volume.system.settle()) co_return refuse(Error::corrupt, "groups share blocks");
  if (volume.free_blocks > geometry.blocks || volume.free_inodes > geometry.inodes) co_return refuse(Error::corrupt, "more is free than there is");
  co_return Mounted();
}

// Sizes of transactions that memory and journal allow.
void set_limits(Volume& volume) {
  auto most = static_cast<std::uint32_t>(volume.staging.size() / volume.geometry.block_bytes);
  volume.most_revoked = 4096;
  if (volume.journal) {
    most = std::min(most, volume.journal->size() / 4);
    volume.journal_overhead = volume.journal->overhead(most);
    volume.most_revoked = 4 * volume.journal->revokes_per_block();
  }
  volume.most_blocks = std::min(most - volume.journal_overhead, volume.cache.size() / 4);
}

// Changes the superblock at its place, past the journal, which is empty.
template <typename F>
Io<> write_superblock(Volume& volume, F edit) {
  const std::uint64_t block = volume.geometry.superblock_block();
  if (const Result<void> came = co_await volume.cache.fetch(block, 1); !came) co_return came;
  const Entry& entry = *volume.cache.find(block);
  const std::span<std::byte> contents = volume.cache.contents(entry);
  edit(contents.subspan(volume.geometry.superblock_offset(), sb::kBytes));
  seal(volume.geometry, Kind::superblock, 0, block, contents, 0);
  co_return co_await volume.device.write(block << volume.geometry.block_shift, std::span(&contents, 1), true);
}

void set_recover(Room raw, bool needed) {
  const std::uint32_t incompat = get32(raw, sb::kIncompat);
  put32(raw, sb::kIncompat, needed ? incompat | feature::kRecover : incompat & ~feature::kRecover);
}

// Replays the journal if it is to be; afterwards the superblock must be read anew.
rt::Task<Mounted> replay(Volume& volume) {
  std::string_view reason = "replaying the journal";
  if (const Result<void> done = co_await volume.journal->replay(reason); !done) co_return refuse(done.error(), reason);
  co_return Mounted();
}

rt::Task<Mounted> start_writing(Volume& volume) {
  const Geometry& geometry = volume.geometry;
  if (volume.journal) {
    const Result<void> started = co_await volume.journal->start(geometry.checksums, geometry.has_incompat(feature::k64Bit));
    if (!started) co_return refuse(started.error(), "the journal's superblock could not be written");
  }
  set_limits(volume);
  if (volume.journal) volume.running.number = volume.journal->next_number();
  volume.durable = volume.running.number - 1;
  const bool noted_error = volume.journal && volume.journal->noted_error();
  const Result<void> marked = co_await write_superblock(volume, [&](Room raw) {
    if (volume.journal) set_recover(raw, true);
    else put16(raw, sb::kState, get16(raw, sb::kState) & ~sb::kStateValid);
    if (noted_error) put16(raw, sb::kState, get16(raw, sb::kState) | sb::kStateErrors);
    put16(raw, sb::kMountCount, get16(raw, sb::kMountCount) + 1);
  });
  if (!marked) co_return refuse(marked.error(), "the superblock could not be written");
  volume.read_only = false;
  volume.was_writable = true;
  co_return Mounted();
}

}  // namespace

rt::Task<std::expected<std::unique_ptr<FileSystem>, MountFailure>> mount(BlockDevice& device, MountOptions options) {
  const BlockFacts& facts = device.facts();
  if (facts.read_only) options.read_only = true;
  std::unique_ptr<Volume> volume;
  for (bool replayed = false;;) {
    const Result<Bytes> start = co_await read_start(device);
    if (!start) co_return refuse(start.error(), "the superblock could not be read");
    const bool recover = get16(*start, sb::kMagic) == sb::kMagicValue && (get32(*start, sb::kIncompat) & feature::kRecover) != 0;
    // One that was cut off while it was written comes out of the journal.
    const auto geometry = read_superblock(*start, facts.bytes, {.writable = !options.read_only, .trust_checksum = !recover || replayed});
    if (!geometry) co_return std::unexpected(geometry.error());
    if (facts.sector_bytes > geometry->block_bytes) co_return refuse(Error::unsupported, "sectors larger than blocks");
    const std::span<std::byte> memory = device.memory().first(device.memory().size() / geometry->block_bytes * geometry->block_bytes);
    if (memory.size() / geometry->block_bytes < kLeastBlocks) co_return refuse(Error::no_memory, "the device has too little memory");
    volume = std::make_unique<Volume>(device, *geometry, memory);
    if (geometry->has_compat(feature::kHasJournal)) {
      if (geometry->journal_inode == 0 || geometry->journal_device != 0) co_return refuse(Error::unsupported, "a journal on another device");
      if (geometry->journal_inode > geometry->inodes_per_group) co_return refuse(Error::corrupt, "the journal's inode");
      if (const Result<void> found = co_await find_first_group(*volume); !found) co_return refuse(found.error(), "the first group");
      auto journal = co_await Journal::open(*volume);
      if (!journal) co_return std::unexpected(journal.error());
      volume->journal = std::move(*journal);
      if (volume->journal->needs_replay() && recover) {
        if (replayed) co_return refuse(Error::corrupt, "the journal does not become empty");
        if (facts.read_only) co_return refuse(Error::read_only, "the journal must be replayed, and nothing can be written");
        if (const Mounted done = co_await replay(*volume); !done) co_return std::unexpected(done.error());
        replayed = true;
        continue;
      }
    } else if (recover) {
      co_return refuse(Error::corrupt, "there is no journal to replay");
    }
    if (recover && !replayed) {
      // The journal is empty; what the superblock says must hold by itself.
      replayed = true;
      continue;
    }
    break;
  }
  if (const Mounted read = co_await read_groups(*volume); !read) co_return std::unexpected(read.error());
  if (options.read_only) co_return std::make_unique<Instance>(std::move(volume));
  if (const Mounted started = co_await start_writing(*volume); !started) co_return std::unexpected(started.error());
  if (const Result<void> done = co_await find_orphans(*volume, options.clear_orphans); !done) {
    co_return refuse(done.error(), "the list of files without names");
  }
  co_return std::make_unique<Instance>(std::move(volume));
}

Io<Identity> probe(BlockDevice& device) {
  const Result<Bytes> start = co_await read_start(device);
  if (!start) co_return fail(start.error());
  if (get16(*start, sb::kMagic) != sb::kMagicValue) co_return fail(Error::invalid);
  Identity identity;
  copy(identity.uuid, start->subspan(sb::kUuid, identity.uuid.size()));
  copy(std::as_writable_bytes(std::span(identity.label)), start->subspan(sb::kLabel, identity.label.size()));
  co_return identity;
}

Io<> Instance::unmount() {
  Volume& volume = *volume_;
  if (volume.failed) co_return fail(Error::io);
  if (!volume.was_writable) co_return Result<void>();
  volume.read_only = true;
  if (const Result<void> done = co_await checkpoint(volume); !done) co_return done;
  if (volume.journal) {
    if (const Result<void> stopped = co_await volume.journal->stop(); !stopped) co_return stopped;
  }
  co_return co_await write_superblock(volume, [&](Room raw) {
    put_counters(volume, raw);
    set_recover(raw, false);
    if (!volume.journal) put16(raw, sb::kState, get16(raw, sb::kState) | sb::kStateValid);
  });
}

}  // namespace tessera::fs::ext4
