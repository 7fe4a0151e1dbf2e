// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "components/fs/ext4/allocator.hpp"
#include "components/fs/ext4/indirect.hpp"

namespace tessera::fs::ext4 {

namespace {

constexpr std::uint32_t kDirect = 12;
constexpr std::size_t kMostChanged = 10;

class Remover {
 public:
  Remover(Operation& operation, Inode& inode) : operation_(operation), inode_(inode), metadata_(inode.type() != mode::kRegular) {}

  // Frees entry `at` of a table, of which blocks from `first` on (counted from the table's) go. Each entry covers
  // `covered` blocks. False: enough for now.
  Result<bool> free_entries(Bytes table, std::uint64_t block, std::uint32_t level, std::uint64_t covered, std::uint64_t first) {
    const auto count = static_cast<std::uint32_t>(block == 0 ? kDirect : table.size() / 4);
    for (std::uint32_t i = count; i-- > 0;) {
      const std::uint64_t begin = i * covered;
      if (begin + covered <= first) break;
      const std::uint32_t child = get32(table, std::size_t{i} * 4);
      if (child == 0) continue;
      if (operation_.changed_blocks() >= kMostChanged || forgotten_ >= kMostForgotten) return false;
      if (!TRY(free_tree(child, level, first > begin ? first - begin : 0, covered))) return false;
      if (first <= begin) TRY(clear_entry(block, i));
    }
    return true;
  }

  // What hangs on a table's entry: at level 0 a block of the file.
  Result<bool> free_tree(std::uint32_t block, std::uint32_t level, std::uint64_t first, std::uint64_t covered) {
    if (level != 0) {
      if (!operation_.volume.may_hold_data({block, 1})) return fail(Error::corrupt);
      const Bytes table = TRY(operation_.read(block, Kind::plain, inode_.number()));
      if (!TRY(free_entries(table, block, level - 1, covered / (table.size() / 4), first))) return false;
      if (first != 0) return true;
    }
    if (level != 0 || metadata_) ++forgotten_;
    TRY(free_blocks(operation_, {.first = block, .count = 1}, level != 0 || metadata_));
    TRY(inode_.add_blocks(-1));
    return true;
  }

  Result<void> clear_root(std::uint32_t slot) {
    put32(TRY(inode_.edit()), in::kBlock + std::size_t{slot} * 4, 0);
    return {};
  }

 private:
  static constexpr unsigned kMostForgotten = 64;

  Result<void> clear_entry(std::uint64_t table, std::uint32_t at) {
    if (table == 0) return clear_root(at);
    put32(TRY(operation_.edit(table, Kind::plain, inode_.number(), std::size_t{at} * 4, 4)), std::size_t{at} * 4, 0);
    return {};
  }

  Operation& operation_;
  Inode& inode_;
  bool metadata_;
  unsigned forgotten_ = 0;
};

}  // namespace

Result<bool> free_indirect(Operation& operation, Inode& inode, std::uint64_t first) {
  const std::uint64_t per_block = operation.volume.geometry.block_bytes / 4;
  Remover remover(operation, inode);
  std::array<std::uint64_t, 3> starts{};
  std::uint64_t start = kDirect, covered = per_block;
  for (std::uint64_t& at : starts) {
    at = start;
    start += covered;
    covered *= per_block;
  }
  covered = per_block * per_block * per_block;
  for (std::uint32_t level = 3; level > 0; --level, covered /= per_block) {
    const std::uint64_t begin = starts[level - 1];
    const std::uint32_t slot = kDirect + level - 1, block = get32(inode.map(), std::size_t{slot} * 4);
    if (block == 0 || begin + covered <= first) continue;
    if (!TRY(remover.free_tree(block, level, first > begin ? first - begin : 0, covered))) return false;
    if (first <= begin) TRY(remover.clear_root(slot));
  }
  return remover.free_entries(inode.map().first(kDirect * 4), 0, 0, 1, first);
}

}  // namespace tessera::fs::ext4
