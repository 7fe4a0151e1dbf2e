// SPDX-License-Identifier: Apache-2.0
// What files, links and directories hold, and what is known of them.
#include <algorithm>

#include "components/fs/ext4/directory.hpp"
#include "components/fs/ext4/attributes.hpp"
#include "components/fs/ext4/inline_data.hpp"
#include "components/fs/ext4/inode_lock.hpp"
#include "components/fs/ext4/instance.hpp"
#include "components/fs/pieces.hpp"

namespace tessera::fs::ext4 {

InodeNumber Instance::root() const { return kRootInode; }

Io<Space> Instance::space() {
  const Volume& volume = *volume_;
  const Geometry& geometry = volume.geometry;
  std::uint64_t overhead = 0;
  for (std::uint32_t group = 0; group < geometry.groups; ++group) overhead += geometry.base_blocks(group) + 2 + geometry.inode_table_blocks();
  const std::uint64_t free = volume.free_blocks - std::min(volume.free_blocks, volume.reserved);
  co_return Space{.block_bytes = geometry.block_bytes,
                  .blocks = geometry.blocks - geometry.first_data_block - std::min(overhead, geometry.blocks - geometry.first_data_block),
                  .free_blocks = free,
                  .available_blocks = free - std::min(free, geometry.reserved_blocks),
                  .inodes = geometry.inodes,
                  .free_inodes = volume.free_inodes,
                  .longest_name = kLongestName};
}

Io<Attributes> Instance::attributes(InodeNumber number) {
  return look(*volume_, [number](Operation& operation) -> Result<Attributes> {
    return TRY(Inode::open(operation, number)).attributes();
  });
}

Io<Attributes> Instance::lookup(InodeNumber directory, std::string_view name) {
  return look(*volume_, [directory, name](Operation& operation) -> Result<Attributes> {
    const Inode in = TRY(Inode::open(operation, directory));
    if (!in.is_directory()) return fail(Error::not_directory);
    if (name.size() > kLongestName) return fail(Error::name_too_long);
    const Place place = TRY(find_name(operation, in, name));
    const auto found = Inode::open(operation, place.inode);
    // A name of nothing.
    if (!found) return fail(found.error() == Error::stale ? Error::corrupt : found.error());
    return found->attributes();
  });
}

Io<std::uint64_t> Instance::read_directory(InodeNumber directory, std::uint64_t position, DirectorySink& sink) {
  for (;;) {
    const Result<Listed> listed = co_await look(*volume_, [&](Operation& operation) -> Result<Listed> {
      const Inode in = TRY(Inode::open(operation, directory));
      if (!in.is_directory()) return fail(Error::not_directory);
      const Listed some = TRY(list_some(operation, in, position, sink));
      if (!some.end && !some.full && some.position <= position) return fail(Error::corrupt);
      return some;
    });
    if (!listed) co_return fail(listed.error());
    position = listed->position;
    if (listed->end || listed->full) co_return position;
  }
}

Io<std::size_t> Instance::read_link(InodeNumber number, std::span<std::byte> to) {
  return look(*volume_, [number, to](Operation& operation) -> Result<std::size_t> {
    const Inode inode = TRY(Inode::open(operation, number));
    if (inode.type() != mode::kLink) return fail(Error::invalid);
    if (inode.size() == 0 || inode.size() > operation.volume.geometry.block_bytes) return fail(Error::corrupt);
    const auto bytes = static_cast<std::size_t>(inode.size());
    if (to.size() < bytes) return fail(Error::buffer_too_small);
    if (inode.has(in::kInlineDataFlag)) return read_inline(inode, 0, to.first(bytes));
    if (inode.short_link()) {
      copy(to, inode.map().first(bytes));
      return bytes;
    }
    const std::uint64_t block = TRY(metadata_block(operation, inode, 0));
    copy(to, TRY(operation.read(block, Kind::plain, inode.number())).first(bytes));
    return bytes;
  });
}

namespace {

// What lies at an offset of a file, in bytes.
struct Run {
  std::uint64_t place = 0;  // on the device
  std::uint64_t bytes = 0;
  bool zeros = false;
};

Result<Run> run_at(Operation& operation, const Inode& inode, std::uint64_t offset, std::uint64_t most) {
  const Geometry& geometry = operation.volume.geometry;
  const std::uint64_t within = offset % geometry.block_bytes, blocks = (within + most + geometry.block_bytes - 1) >> geometry.block_shift;
  const Mapping mapping = TRY(map_block(operation, inode, offset >> geometry.block_shift, blocks));
  return Run{.place = (mapping.physical << geometry.block_shift) + within,
             .bytes = std::min(most, (mapping.count << geometry.block_shift) - within),
             .zeros = !mapping.written()};
}

void zero(BlockDevice::Pieces pieces, std::uint64_t from, std::uint64_t bytes) {
  std::vector<std::span<std::byte>> parts;
  slice(pieces, from, bytes, parts);
  for (const std::span<std::byte> part : parts) clear(part);
}

}  // namespace

Io<std::size_t> Instance::read(InodeNumber number, std::uint64_t offset, Pieces to) {
  Volume& volume = *volume_;
  const std::uint64_t wanted = bytes_of(to);
  const std::uint32_t sector = volume.device.facts().sector_bytes;
  if (offset % sector != 0 || wanted % sector != 0) co_return fail(Error::invalid);
  if (number == 0 || number > volume.geometry.inodes) co_return fail(Error::stale);
  InodeLock lock;
  if (const Result<void> taken = co_await lock.take(volume, static_cast<std::uint32_t>(number), InodeLock::Mode::shared); !taken) {
    co_return fail(taken.error());
  }
  std::uint64_t done = 0, size = 0;
  do {
    bool whole = false;
    const Result<Run> run = co_await look(volume, [&](Operation& operation) -> Result<Run> {
      const Inode inode = TRY(Inode::open(operation, number));
      if (inode.is_directory()) return fail(Error::is_directory);
      if (inode.type() != mode::kRegular) return fail(Error::invalid);
      size = inode.size();
      if (offset >= size) return Run{.bytes = wanted, .zeros = true};
      if (inode.has(in::kInlineDataFlag)) {
        whole = true;
        zero(to, 0, wanted);
        std::uint64_t at = offset;
        for (const std::span<std::byte> piece : to) at += TRY(read_inline(inode, at, piece));
        return Run{.bytes = wanted};
      }
      return run_at(operation, inode, offset + done, wanted - done);
    });
    if (!run) co_return fail(run.error());
    if (whole) break;
    if (run->zeros) {
      zero(to, done, run->bytes);
    } else if (run->bytes == wanted) {
      if (const Result<void> came = co_await volume.device.read(run->place, to); !came) co_return fail(came.error());
    } else {
      std::vector<std::span<std::byte>> parts;
      slice(to, done, run->bytes, parts);
      if (const Result<void> came = co_await volume.device.read(run->place, parts); !came) co_return fail(came.error());
    }
    done += run->bytes;
  } while (done < wanted);
  const std::uint64_t there = offset >= size ? 0 : std::min(wanted, size - offset);
  if (there < wanted) zero(to, there, wanted - there);
  co_return static_cast<std::size_t>(there);
}

Io<std::uint64_t> Instance::seek(InodeNumber number, std::uint64_t offset, bool hole) {
  const std::uint32_t shift = volume_->geometry.block_shift;
  for (std::uint64_t at = offset;;) {
    struct Step {
      std::uint64_t next;
      bool found;
    };
    const Result<Step> step = co_await look(*volume_, [&](Operation& operation) -> Result<Step> {
      const Inode inode = TRY(Inode::open(operation, number));
      if (inode.is_directory()) return fail(Error::is_directory);
      if (inode.type() != mode::kRegular) return fail(Error::invalid);
      const std::uint64_t size = inode.size();
      if (offset >= size) return fail(Error::not_found);
      if (at >= size) {
        if (hole) return Step{.next = size, .found = true};
        return fail(Error::not_found);
      }
      if (inode.has(in::kInlineDataFlag)) return Step{.next = hole ? size : at, .found = true};
      const Mapping mapping = TRY(map_block(operation, inode, at >> shift, kMostFileBlocks));
      if (mapping.written() != hole) return Step{.next = at, .found = true};
      return Step{.next = ((at >> shift) + mapping.count) << shift, .found = false};
    });
    if (!step) co_return fail(step.error());
    if (step->found) co_return step->next;
    at = step->next;
  }
}

Io<std::size_t> Instance::get_extended(InodeNumber number, std::string_view name, std::span<std::byte> to) {
  return look(*volume_, [number, name, to](Operation& operation) -> Result<std::size_t> {
    return get_attribute(operation, TRY(Inode::open(operation, number)), name, to);
  });
}

Io<std::size_t> Instance::list_extended(InodeNumber number, std::span<std::byte> to) {
  return look(*volume_, [number, to](Operation& operation) -> Result<std::size_t> {
    return list_attributes(operation, TRY(Inode::open(operation, number)), to);
  });
}

}  // namespace tessera::fs::ext4
