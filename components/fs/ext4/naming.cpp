// SPDX-License-Identifier: Apache-2.0
// Names: creating, linking, removing and renaming. Each is one operation; freeing what lost its last name follows.
#include <algorithm>

#include "components/fs/ext4/allocator.hpp"
#include "components/fs/ext4/checksum.hpp"
#include "components/fs/ext4/directory.hpp"
#include "components/fs/ext4/extent_tree.hpp"
#include "components/fs/ext4/instance.hpp"
#include "components/fs/ext4/naming.hpp"
#include "components/fs/ext4/orphans.hpp"

namespace tessera::fs::ext4 {

Result<Inode> open_directory(Operation& operation, InodeNumber number) {
  Inode inode = TRY(Inode::open(operation, number));
  if (!inode.is_directory()) return fail(Error::not_directory);
  return inode;
}

Result<void> check_new_name(const Inode& directory, std::string_view name) {
  if (name.empty() || name == "." || name == "..") return fail(Error::invalid);
  if (name.size() > kLongestName) return fail(Error::name_too_long);
  if (directory.links() == 0) return fail(Error::not_found);  // it was removed, and is still open
  return {};
}

Result<bool> has_name(Operation& operation, const Inode& directory, std::string_view name) {
  const Result<Place> found = find_name(operation, directory, name);
  if (found) return true;
  if (found.error() == Error::not_found) return false;
  return fail(found.error());
}

Result<void> count_directory(Operation& operation, Inode& parent, int by) {
  const std::uint32_t links = parent.links();
  if (by < 0) return links > 2 ? parent.set_links(links - 1) : Result<void>();
  // One that had too many to count has one.
  if (links == 1) return {};
  if (links < kMostLinks - 1) return parent.set_links(links + 1);
  if (!operation.volume.geometry.has_ro_compat(feature::kDirNlink) || !parent.has(in::kIndexFlag)) return fail(Error::too_many_links);
  return parent.set_links(1);
}

Result<void> touch_directory(Operation& operation, Inode& directory, Time now) {
  operation.notes.push_back({.inode = directory.number(), .data = true});
  return directory.set_times(AttributeChange::kModified | AttributeChange::kChanged, now);
}

Result<void> drop_link(Operation& operation, Inode& inode, Time now) {
  if (inode.links() == 0) return fail(Error::corrupt);
  TRY(inode.set_times(AttributeChange::kChanged, now));
  TRY(inode.set_links(inode.is_directory() ? 0 : inode.links() - 1));
  operation.notes.push_back({.inode = inode.number(), .data = true});
  return inode.links() == 0 ? add_orphan(operation, inode) : Result<void>();
}

namespace {

Result<void> put_target(Operation& operation, Inode& inode, std::string_view target) {
  const Room raw = TRY(inode.edit());
  if (target.empty() || target.size() >= operation.volume.geometry.block_bytes) return fail(target.empty() ? Error::invalid : Error::name_too_long);
  TRY(inode.set_size(target.size()));
  if (target.size() < in::kBlockBytes) {
    put32(raw, in::kFlags, inode.flags() & ~in::kExtentsFlag);
    clear(raw.subspan(in::kBlock, in::kBlockBytes));
    copy(raw.subspan(in::kBlock), bytes_of(target));
    return {};
  }
  const Range range = TRY(allocate_blocks(operation, goal_of(inode), 1));
  TRY(insert_extent(operation, inode, {.logical = 0, .physical = range.first, .count = 1, .unwritten = false}));
  copy(TRY(operation.fresh(range.first, Kind::plain, inode.number())), bytes_of(target));
  return {};
}

Result<Inode> make_inode(Operation& operation, std::uint32_t number, const NewInode& what) {
  const Geometry& geometry = operation.volume.geometry;
  Inode inode = TRY(Inode::open_any(operation, number));
  // Numbers that were used are told from those before by it.
  const std::uint32_t generation = crc32c_number(crc32c_number(get32(inode.raw(), in::kGeneration), number), what.now.nanoseconds) | 1;
  const Room raw = TRY(inode.edit());
  clear(raw);
  put16(raw, in::kMode, what.mode);
  put16(raw, in::kUid, what.uid);
  put16(raw, in::kUidHigh, what.uid >> 16);
  put16(raw, in::kGid, what.gid);
  put16(raw, in::kGidHigh, what.gid >> 16);
  put32(raw, in::kGeneration, generation);
  if (geometry.inode_bytes > in::kGoodOldBytes) put16(raw, in::kExtraIsize, geometry.want_extra_isize);
  inode = TRY(Inode::open_any(operation, number));
  TRY(inode.set_times(AttributeChange::kAccessed | AttributeChange::kModified | AttributeChange::kChanged, what.now));
  if (in::kGoodOldBytes + geometry.want_extra_isize >= in::kBornExtra + 4) put_time(raw, in::kBorn, in::kBornExtra, what.now);
  const std::uint32_t type = what.mode & mode::kType;
  if (type == mode::kCharacter || type == mode::kBlockDevice) {
    const bool old = what.device_major < 256 && what.device_minor < 256;
    put32(raw, in::kBlock + (old ? 0 : 4), old ? what.device_major << 8 | what.device_minor : encode_device(what.device_major, what.device_minor));
  } else if (type == mode::kRegular || type == mode::kDirectory || type == mode::kLink) {
    if (!geometry.has_incompat(feature::kExtents)) return fail(Error::unsupported);
    put32(raw, in::kFlags, in::kExtentsFlag);
    put_empty_tree(raw.subspan(in::kBlock, in::kBlockBytes));
  } else if (type != mode::kFifo && type != mode::kSocket) {
    return fail(Error::invalid);
  }
  return inode;
}

}  // namespace

Io<Attributes> Instance::create(InodeNumber directory, std::string_view name, const NewInode& what) {
  Volume& volume = *volume_;
  const Result<Attributes> made = co_await change(volume, [&](Operation& operation) -> Result<Attributes> {
    Inode parent = TRY(open_directory(operation, directory));
    const bool is_directory = (what.mode & mode::kType) == mode::kDirectory;
    if (!name.empty()) {
      TRY(check_new_name(parent, name));
      if (TRY(has_name(operation, parent, name))) return fail(Error::exists);
    } else if (is_directory) {
      return fail(Error::invalid);
    }
    const std::uint32_t number = TRY(allocate_inode(operation, parent.number(), is_directory));
    Inode inode = TRY(make_inode(operation, number, what));
    operation.notes.push_back({.inode = number, .data = true});
    if (is_directory) {
      TRY(count_directory(operation, parent, 1));
      TRY(make_directory(operation, inode, parent.number()));
    } else if (inode.type() == mode::kLink) {
      TRY(put_target(operation, inode, what.target));
    }
    if (name.empty()) {
      TRY(add_orphan(operation, inode));
      return inode.attributes();
    }
    TRY(inode.set_links(is_directory ? 2 : 1));
    TRY(add_name(operation, parent, name, number, what.mode));
    TRY(touch_directory(operation, parent, what.now));
    return inode.attributes();
  });
  if (made && name.empty()) ++volume.inodes[static_cast<std::uint32_t>(made->inode)].kept;
  co_return made;
}

Io<> Instance::link(InodeNumber number, InodeNumber directory, std::string_view name, Time now) {
  return change(*volume_, [number, directory, name, now](Operation& operation) -> Result<void> {
    Inode parent = TRY(open_directory(operation, directory));
    Inode inode = TRY(Inode::open(operation, number));
    if (inode.is_directory()) return fail(Error::is_directory);
    TRY(check_new_name(parent, name));
    if (TRY(has_name(operation, parent, name))) return fail(Error::exists);
    if (inode.links() >= kMostLinks) return fail(Error::too_many_links);
    if (inode.links() == 0) {
      if (operation.volume.inodes[inode.number()].going) return fail(Error::stale);
      TRY(remove_orphan(operation, inode));
    }
    TRY(inode.set_links(inode.links() + 1));
    TRY(inode.set_times(AttributeChange::kChanged, now));
    operation.notes.push_back({.inode = inode.number(), .data = true});
    TRY(add_name(operation, parent, name, inode.number(), inode.mode()));
    return touch_directory(operation, parent, now);
  });
}

Io<Attributes> Instance::unlink(InodeNumber directory, std::string_view name, bool is_directory, Time now) {
  Volume& volume = *volume_;
  const Result<Attributes> gone = co_await change(volume, [&](Operation& operation) -> Result<Attributes> {
    Inode parent = TRY(open_directory(operation, directory));
    if (name == "." || name.empty()) return fail(Error::invalid);
    if (name == "..") return fail(Error::not_empty);
    if (name.size() > kLongestName) return fail(Error::name_too_long);
    Place place = TRY(find_name(operation, parent, name));
    Inode inode = TRY(Inode::open(operation, place.inode));
    if (inode.is_directory() != is_directory) return fail(is_directory ? Error::not_directory : Error::is_directory);
    if (is_directory) {
      if (!TRY(is_empty(operation, inode))) return fail(Error::not_empty);
      TRY(count_directory(operation, parent, -1));
    }
    TRY(remove_entry(operation, parent, name));
    TRY(drop_link(operation, inode, now));
    TRY(touch_directory(operation, parent, now));
    return inode.attributes();
  });
  if (gone && gone->links == 0) {
    const auto number = static_cast<std::uint32_t>(gone->inode);
    const auto state = volume.inodes.find(number);
    if (state == volume.inodes.end() || state->second.kept == 0) {
      // What cannot be freed now stays an orphan: the name is gone in any case.
      (void)co_await free_inode(volume, number);
    }
  }
  co_return gone;
}

Io<> Instance::keep(InodeNumber number) {
  Volume& volume = *volume_;
  co_return co_await look(volume, [&volume, number](Operation& operation) -> Result<void> {
    const Inode inode = TRY(Inode::open(operation, number));
    InodeState& state = volume.inodes[inode.number()];
    if (state.going) return fail(Error::stale);
    ++state.kept;
    return {};
  });
}

Io<> Instance::let_go(InodeNumber number) {
  Volume& volume = *volume_;
  if (number == 0 || number > volume.geometry.inodes) co_return fail(Error::stale);
  const auto inode = static_cast<std::uint32_t>(number);
  InodeState& state = volume.inodes[inode];
  if (state.kept != 0) --state.kept;
  const bool free = state.kept == 0 && !state.going && !volume.read_only && volume.orphaned(inode);
  if (!free) {
    settle_state(volume, inode);
    co_return Result<void>();
  }
  const Result<std::uint32_t> links = co_await look(volume, [number](Operation& operation) -> Result<std::uint32_t> {
    return TRY(Inode::open(operation, number)).links();
  });
  if (!links) co_return fail(links.error());
  if (*links == 0 && volume.inodes[inode].kept == 0 && !volume.inodes[inode].going) co_return co_await free_inode(volume, inode);
  co_return Result<void>();
}

}  // namespace tessera::fs::ext4
