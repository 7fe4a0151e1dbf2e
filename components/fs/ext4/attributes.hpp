// SPDX-License-Identifier: Apache-2.0
// Extended attributes: behind the fixed part of an inode, and in one block, which inodes may share.
#pragma once

#include <optional>
#include <vector>

#include "components/fs/ext4/inode.hpp"

namespace tessera::fs::ext4 {

// A namespace's number and what follows it in the name.
struct AttributeName {
  std::uint8_t index = 0;
  std::string_view rest;
  bool operator==(const AttributeName&) const = default;
};
// None: such a name cannot be stored.
[[nodiscard]] std::optional<AttributeName> stored_name(std::string_view name);
// What stands before `rest` in the whole name; empty: a number that is not known.
[[nodiscard]] std::string_view name_prefix(std::uint8_t index);

inline constexpr AttributeName kInlineDataName{.index = 7, .rest = "data"};

struct StoredAttribute {
  AttributeName name;
  Bytes value;
};
// All, those in the inode first; views into the cache.
Result<std::vector<StoredAttribute>> stored_attributes(Operation& operation, const Inode& inode);
// Of those in the inode only: where the value lies in the raw inode.
struct InodeValue {
  std::size_t at = 0, bytes = 0;
};
Result<std::optional<InodeValue>> value_in_inode(const Inode& inode, AttributeName name);

// As clients see them (access control lists have another form on the disk).
Result<std::size_t> get_attribute(Operation& operation, const Inode& inode, std::string_view name, Room to);
Result<std::size_t> list_attributes(Operation& operation, const Inode& inode, Room to);
Result<void> set_attribute(Operation& operation, Inode& inode, std::string_view name, Bytes value, std::uint32_t flags);
Result<void> remove_attribute(Operation& operation, Inode& inode, std::string_view name);
// The inode goes: so does its block, if nobody else has it.
Result<void> drop_attribute_block(Operation& operation, Inode& inode);
// By the name that is on the disk.
Result<void> remove_stored(Operation& operation, Inode& inode, AttributeName name);

}  // namespace tessera::fs::ext4
