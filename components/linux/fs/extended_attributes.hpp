// SPDX-License-Identifier: Apache-2.0
// The extended attributes of an inode: xattr(7). Names with their prefix, values
// opaque. Holds what it is given; who may do so is decided in syscalls_xattr.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "components/linux/core/errno.hpp"

namespace tessera::lx {

class ExtendedAttributes {
 public:
  static constexpr std::size_t kMostNameBytes = 255;
  static constexpr std::size_t kMostValueBytes = 65536;
  static constexpr std::size_t kMostListBytes = 65536;
  // Flags of setxattr.
  static constexpr std::uint32_t kCreate = 1, kReplace = 2;

  struct Entry {
    std::string name;
    std::vector<std::byte> value;
  };

  // Null when it is not there.
  [[nodiscard]] const Entry* find(std::string_view name) const;
  // EEXIST with kCreate, ENODATA with kReplace.
  Result<void> check_set(std::string_view name, std::uint32_t flags) const;
  void set(std::string_view name, std::span<const std::byte> value);
  Result<void> remove(std::string_view name);  // ENODATA
  [[nodiscard]] std::span<const Entry> entries() const { return entries_; }
  // What an attribute counts for its file system.
  static std::uint64_t cost(std::size_t name_bytes, std::size_t value_bytes) {
    return sizeof(Entry) + name_bytes + value_bytes;
  }

 private:
  std::vector<Entry> entries_;
};

}  // namespace tessera::lx
