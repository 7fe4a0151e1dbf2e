// SPDX-License-Identifier: Apache-2.0
// The entries of extended attributes as they lie in an inode or in a block.
#pragma once

#include "components/fs/ext4/attributes.hpp"

namespace tessera::fs::ext4 {

inline constexpr std::uint32_t kAttributeMagic = 0xea02'0000;
inline constexpr std::size_t kAttributeHeader = 32;  // of a block
inline constexpr std::size_t kEntryBytes = 16;       // without the name

struct AttributeEntry {
  AttributeName name;
  std::size_t value_at = 0, value_bytes = 0;  // in the inode, or the block
};

[[nodiscard]] inline std::size_t padded(std::size_t bytes) { return (bytes + 3) / 4 * 4; }

// Of `bytes`, from `first` on, values counted from `base`.
template <typename F>
Result<void> each_attribute(Bytes bytes, std::size_t first, std::size_t base, F f) {
  for (std::size_t at = first;;) {
    if (at + 4 > bytes.size()) return fail(Error::corrupt);
    if (get32(bytes, at) == 0) return {};
    const std::size_t name_bytes = get8(bytes, at);
    if (at + kEntryBytes + padded(name_bytes) > bytes.size()) return fail(Error::corrupt);
    const std::size_t value_bytes = get32(bytes, at + 8), value_at = base + get16(bytes, at + 2);
    if (get32(bytes, at + 4) != 0) return fail(Error::unsupported);  // in an inode of its own
    if (value_bytes != 0 && (value_at > bytes.size() || value_bytes > bytes.size() - value_at)) return fail(Error::corrupt);
    f(AttributeEntry{.name = {.index = get8(bytes, at + 1), .rest = text(bytes.subspan(at + kEntryBytes, name_bytes))},
                     .value_at = value_bytes == 0 ? 0 : value_at,
                     .value_bytes = value_bytes});
    at += kEntryBytes + padded(name_bytes);
  }
}

template <typename F>
Result<void> each_in_inode(const Inode& inode, F f) {
  const std::size_t at = inode.attributes_at();
  if (at + 8 > inode.raw().size() || get32(inode.raw(), at) != kAttributeMagic) return {};
  return each_attribute(inode.raw(), at + 4, at + 4, f);
}

template <typename F>
Result<void> each_in_block(Bytes block, F f) {
  return each_attribute(block, kAttributeHeader, 0, f);
}

// The block, its header checked.
Result<Bytes> attribute_block(Operation& operation, std::uint64_t block);

}  // namespace tessera::fs::ext4
