// SPDX-License-Identifier: Apache-2.0
#include "components/fs/ext4/volume.hpp"

#include <algorithm>

#include "components/fs/ext4/journal.hpp"

namespace tessera::fs::ext4 {

namespace {
// Of the memory, a quarter holds a transaction while it is committed.
std::size_t staging_bytes(std::size_t memory, std::uint32_t block) { return memory / block / 4 * block; }
}  // namespace

Volume::Volume(BlockDevice& on, const Geometry& of, std::span<std::byte> memory)
    : device(on), geometry(of), zeros(memory.first(of.block_bytes)),
      bounce(memory.subspan(of.block_bytes, of.block_bytes)),
      staging(memory.subspan(2 * of.block_bytes, staging_bytes(memory.size(), of.block_bytes))),
      cache(on, of.block_bytes, memory.subspan(2 * of.block_bytes + staging.size())) {
  clear(zeros);
}

Volume::~Volume() = default;

bool Volume::orphaned(std::uint32_t inode) const { return std::ranges::find(orphans, inode) != orphans.end(); }

}  // namespace tessera::fs::ext4
