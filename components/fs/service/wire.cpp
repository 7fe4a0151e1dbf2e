// SPDX-License-Identifier: Apache-2.0
#include "components/fs/service/wire.hpp"

#include <algorithm>

namespace tessera::fs {

static_assert(AttributeChange::kMode == wire::kChangeMode && AttributeChange::kUid == wire::kChangeUid &&
              AttributeChange::kGid == wire::kChangeGid && AttributeChange::kSize == wire::kChangeSize &&
              AttributeChange::kAccessed == wire::kChangeAccessed && AttributeChange::kModified == wire::kChangeModified &&
              AttributeChange::kChanged == wire::kChangeChanged);
static_assert(kRenameNoReplace == wire::kRenameNoReplace && kRenameExchange == wire::kRenameExchange);
static_assert(kAttributeCreate == wire::kAttributeCreate && kAttributeReplace == wire::kAttributeReplace);
static_assert(kAllocateKeepSize == wire::kAllocateKeepSize && kAllocatePunchHole == wire::kAllocatePunchHole &&
              kAllocateZeroRange == wire::kAllocateZeroRange);

wire::Time to_wire(const Time& time) { return {.seconds = static_cast<std::uint64_t>(time.seconds), .nanoseconds = time.nanoseconds}; }

wire::Attributes to_wire(const Attributes& attributes) {
  return {.inode = attributes.inode,
          .mode = attributes.mode,
          .links = attributes.links,
          .uid = attributes.uid,
          .gid = attributes.gid,
          .size = attributes.size,
          .blocks = attributes.blocks,
          .device_major = attributes.device_major,
          .device_minor = attributes.device_minor,
          .generation = attributes.generation,
          .accessed = to_wire(attributes.accessed),
          .modified = to_wire(attributes.modified),
          .changed = to_wire(attributes.changed),
          .born = to_wire(attributes.born)};
}

wire::Space to_wire(const Space& space) {
  return {.block_bytes = space.block_bytes,
          .longest_name = space.longest_name,
          .blocks = space.blocks,
          .free_blocks = space.free_blocks,
          .available_blocks = space.available_blocks,
          .inodes = space.inodes,
          .free_inodes = space.free_inodes};
}

Time from_wire(std::uint64_t seconds, std::uint32_t nanoseconds) {
  return {.seconds = static_cast<std::int64_t>(seconds), .nanoseconds = std::min(nanoseconds, 999'999'999u)};
}

std::optional<AttributeChange> from_wire(const wire::AttributeChange& change) {
  constexpr std::uint64_t kAll = wire::kChangeMode | wire::kChangeUid | wire::kChangeGid | wire::kChangeSize | wire::kChangeAccessed |
                                 wire::kChangeModified | wire::kChangeChanged;
  if ((change.which & ~kAll) != 0 || (change.accessed.zero | change.modified.zero | change.changed.zero) != 0) return std::nullopt;
  AttributeChange result{.which = change.which};
  result.to.mode = change.mode;
  result.to.uid = change.uid;
  result.to.gid = change.gid;
  result.to.size = change.size;
  result.to.accessed = from_wire(change.accessed.seconds, change.accessed.nanoseconds);
  result.to.modified = from_wire(change.modified.seconds, change.modified.nanoseconds);
  result.to.changed = from_wire(change.changed.seconds, change.changed.nanoseconds);
  return result;
}

std::optional<NewInode> from_wire(const wire::NewInode& what) {
  if ((what.zero | what.now.zero) != 0) return std::nullopt;
  NewInode result;
  result.mode = what.mode;
  result.uid = what.uid;
  result.gid = what.gid;
  result.device_major = what.device_major;
  result.device_minor = what.device_minor;
  result.now = from_wire(what.now.seconds, what.now.nanoseconds);
  return result;
}

Result<Name> Name::copy(std::span<std::byte> buffer, std::uint64_t offset, std::uint32_t bytes) {
  if (bytes > wire::kMostName) return std::unexpected(Error::name_too_long);
  if (offset > buffer.size() || bytes > buffer.size() - offset) return std::unexpected(Error::invalid);
  Name name;
  name.bytes_ = bytes;
  ring::load_bytes(buffer.subspan(offset, bytes), std::as_writable_bytes(std::span(name.text_)).first(bytes));
  return name;
}

Result<Name> Name::read(std::span<std::byte> buffer, std::uint64_t offset, std::uint32_t bytes) {
  auto name = copy(buffer, offset, bytes);
  if (name && name->text().find_first_of(std::string_view("/\0", 2)) != std::string_view::npos) return std::unexpected(Error::invalid);
  return name;
}

Result<Name> Name::read_attribute(std::span<std::byte> buffer, std::uint32_t bytes) {
  auto name = copy(buffer, 0, bytes);
  if (name && (bytes == 0 || name->text().contains('\0'))) return std::unexpected(Error::invalid);
  return name;
}

bool EntryWriter::add(const DirectoryEntry& entry) {
  const wire::DirectoryEntry head{.inode = entry.inode,
                                  .next_position = entry.next_position,
                                  .type = entry.type,
                                  .name_bytes = static_cast<std::uint32_t>(entry.name.size())};
  const auto rest = to_.subspan(used_);
  const std::size_t bytes = sizeof head + (entry.name.size() + 7) / 8 * 8;
  refused_ = bytes > rest.size();
  if (refused_) return false;
  ring::store_bytes(rest, std::as_bytes(std::span(&head, 1)));
  ring::store_bytes(rest.subspan(sizeof head), std::as_bytes(std::span(entry.name)));
  used_ += bytes;
  return true;
}

}  // namespace tessera::fs
