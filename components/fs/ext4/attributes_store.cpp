// SPDX-License-Identifier: Apache-2.0
// Writing extended attributes: all of an inode's anew, first into the inode, then into its block. A block that
// other inodes share is left to them.
#include <algorithm>
#include <string>
#include <tuple>

#include "components/fs/ext4/access_list.hpp"
#include "components/fs/ext4/allocator.hpp"
#include "components/fs/ext4/attribute_entry.hpp"

namespace tessera::fs::ext4 {

namespace {

struct OwnedAttribute {
  std::uint8_t index;
  std::string rest;
  std::vector<std::byte> value;
  [[nodiscard]] AttributeName name() const { return {.index = index, .rest = rest}; }
  [[nodiscard]] std::size_t entry_bytes() const { return kEntryBytes + padded(rest.size()); }
  [[nodiscard]] std::size_t bytes() const { return entry_bytes() + padded(value.size()); }
};
using Owned = std::vector<OwnedAttribute>;

OwnedAttribute owned(const AttributeName& name, Bytes value) {
  return {.index = name.index, .rest = std::string(name.rest), .value = {value.begin(), value.end()}};
}

// As ext4 hashes an entry: its name's bytes, and its value's words.
std::uint32_t entry_hash(const OwnedAttribute& attribute) {
  std::uint32_t hash = 0;
  for (const char c : attribute.rest) hash = std::rotl(hash, 5) ^ static_cast<unsigned char>(c);
  std::vector<std::byte> words = attribute.value;
  words.resize(padded(words.size()));
  for (std::size_t at = 0; at < words.size(); at += 4) hash = std::rotl(hash, 16) ^ get32(words, at);
  return hash;
}

// Writes entries from `first` on and values from the end down, counted from `base`.
void put_entries(Room room, std::size_t first, std::size_t base, std::span<const OwnedAttribute> all) {
  std::size_t at = first, value_at = room.size();
  for (const OwnedAttribute& attribute : all) {
    value_at -= padded(attribute.value.size());
    put8(room, at, attribute.rest.size());
    put8(room, at + 1, attribute.index);
    put16(room, at + 2, attribute.value.empty() ? 0 : value_at - base);
    put32(room, at + 8, static_cast<std::uint32_t>(attribute.value.size()));
    put32(room, at + 12, entry_hash(attribute));
    copy(room.subspan(at + kEntryBytes), bytes_of(attribute.rest));
    copy(room.subspan(value_at), attribute.value);
    at += attribute.entry_bytes();
  }
}

std::uint32_t block_hash(std::span<const OwnedAttribute> all) {
  std::uint32_t hash = 0;
  for (const OwnedAttribute& attribute : all) {
    const std::uint32_t one = entry_hash(attribute);
    if (one == 0) return 0;  // then it is not to be shared
    hash = std::rotl(hash, 16) ^ one;
  }
  return hash;
}

Result<void> store_block(Operation& operation, Inode& inode, std::span<const OwnedAttribute> all) {
  const std::uint64_t old = inode.attribute_block();
  std::uint64_t block = old;
  if (old != 0 && get32(TRY(attribute_block(operation, old)), 4) == 1) {
    (void)TRY(operation.edit(old, Kind::attributes, 0, 0, operation.volume.geometry.block_bytes));
  } else {
    if (old != 0) TRY(drop_attribute_block(operation, inode));
    block = TRY(allocate_blocks(operation, goal_of(inode), 1)).first;
    (void)TRY(operation.fresh(block, Kind::attributes, 0));
    TRY(inode.add_blocks(1));
    TRY(inode.set_attribute_block(block));
  }
  const Room room = TRY(operation.edit(block, Kind::attributes, 0, 0, 4));
  clear(room);
  put32(room, 0, kAttributeMagic);
  put32(room, 4, 1);
  put32(room, 8, 1);
  put32(room, 12, block_hash(all));
  put_entries(room, kAttributeHeader, 0, all);
  return {};
}

Result<void> store(Operation& operation, Inode& inode, Owned all) {
  // The order that a block must have; data in the inode must stay there.
  std::ranges::sort(all, [](const OwnedAttribute& a, const OwnedAttribute& b) {
    return std::tuple(a.name() != kInlineDataName, a.index, a.rest.size(), std::string_view(a.rest)) <
           std::tuple(b.name() != kInlineDataName, b.index, b.rest.size(), std::string_view(b.rest));
  });
  const std::size_t start = inode.attributes_at();
  std::size_t room = inode.raw().size() >= start + 12 ? inode.raw().size() - start - 8 : 0;
  Owned in_inode, in_block;
  std::size_t block_bytes = kAttributeHeader + 4;
  for (OwnedAttribute& attribute : all) {
    const bool fits = room >= attribute.bytes();
    if (fits) room -= attribute.bytes();
    else block_bytes += attribute.bytes();
    if (!fits && attribute.name() == kInlineDataName) return fail(Error::no_space);
    (fits ? in_inode : in_block).push_back(std::move(attribute));
  }
  if (block_bytes > operation.volume.geometry.block_bytes) return fail(Error::no_space);
  if (inode.raw().size() >= start + 12) {
    const Room raw = TRY(inode.edit());
    clear(raw.subspan(start));
    if (!in_inode.empty()) {
      put32(raw, start, kAttributeMagic);
      put_entries(raw, start + 4, start + 4, in_inode);
    }
  }
  if (in_block.empty()) return drop_attribute_block(operation, inode);
  return store_block(operation, inode, in_block);
}

Result<Owned> owned_attributes(Operation& operation, const Inode& inode) {
  Owned all;
  for (const StoredAttribute& attribute : TRY(stored_attributes(operation, inode))) all.push_back(owned(attribute.name, attribute.value));
  return all;
}

}  // namespace

Result<void> drop_attribute_block(Operation& operation, Inode& inode) {
  const std::uint64_t block = inode.attribute_block();
  if (block == 0) return {};
  const std::uint32_t users = get32(TRY(attribute_block(operation, block)), 4);
  if (users == 0) return fail(Error::corrupt);
  if (users == 1) TRY(free_blocks(operation, {.first = block, .count = 1}, true));
  else put32(TRY(operation.edit(block, Kind::attributes, 0, 4, 4)), 4, users - 1);
  TRY(inode.set_attribute_block(0));
  return inode.add_blocks(-1);
}

Result<void> set_attribute(Operation& operation, Inode& inode, std::string_view name, Bytes value, std::uint32_t flags) {
  const auto stored = stored_name(name);
  if (!stored || *stored == kInlineDataName) return fail(Error::unsupported);
  Owned all = TRY(owned_attributes(operation, inode));
  const auto found = std::ranges::find(all, *stored, &OwnedAttribute::name);
  if (found != all.end() && (flags & kAttributeCreate) != 0) return fail(Error::exists);
  if (found == all.end() && (flags & kAttributeReplace) != 0) return fail(Error::no_attribute);
  if (value.size() > 0xffff) return fail(Error::too_large);
  std::vector<std::byte> list;
  if (is_access_list(*stored)) {
    list = TRY(stored_list(value));
    value = list;
  }
  if (found != all.end()) found->value.assign(value.begin(), value.end());
  else all.push_back(owned(*stored, value));
  return store(operation, inode, std::move(all));
}

Result<void> remove_attribute(Operation& operation, Inode& inode, std::string_view name) {
  const auto stored = stored_name(name);
  if (!stored || *stored == kInlineDataName) return fail(Error::no_attribute);
  return remove_stored(operation, inode, *stored);
}

Result<void> remove_stored(Operation& operation, Inode& inode, AttributeName name) {
  Owned all = TRY(owned_attributes(operation, inode));
  if (std::erase_if(all, [&](const OwnedAttribute& attribute) { return attribute.name() == name; }) == 0) return fail(Error::no_attribute);
  return store(operation, inode, std::move(all));
}

}  // namespace tessera::fs::ext4
