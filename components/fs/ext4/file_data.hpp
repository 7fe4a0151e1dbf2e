// SPDX-License-Identifier: Apache-2.0
// Changing the blocks of a file, for one that holds its lock exclusively.
#pragma once

#include "components/fs/ext4/inode_lock.hpp"
#include "components/fs/ext4/mapping.hpp"

namespace tessera::fs::ext4 {

// The file's size, checked to be of a regular file; inline data has moved out.
Io<std::uint64_t> prepare_file(Volume& volume, std::uint32_t number);
// Lets the bytes [from, to), which lie in one block, read as zeros, if they are on the disk.
Io<> zero_in_block(Volume& volume, std::uint32_t number, std::uint64_t from, std::uint64_t to);
// The same for any range: whole blocks become holes.
Io<> punch(Volume& volume, std::uint32_t number, std::uint64_t from, std::uint64_t to);
// Allocates what is not, in [from, to); it reads as zeros.
Io<> allocate_unwritten(Volume& volume, std::uint32_t number, std::uint64_t from, std::uint64_t to);
// Cuts the file off, or lets it grow.
Io<> resize(Volume& volume, std::uint32_t number, std::uint64_t size);

// A file can be as large as blocks have numbers.
[[nodiscard]] std::uint64_t most_file_bytes(const Geometry& geometry);

}  // namespace tessera::fs::ext4
