// SPDX-License-Identifier: Apache-2.0
// Changing what a file holds, for one that has the volume exclusively. Data goes to the disk before the table and the
// entry say whose it is.
#pragma once

#include "components/fs/fat/nodes.hpp"

namespace tessera::fs::fat {

// Bytes [from, to) of a file, whole sectors, and where they come from: pieces, or, without any, zeros.
struct FileBytes {
  std::uint64_t from = 0, to = 0;
  BlockDevice::Pieces pieces;
};
// Writes them where the file has clusters already.
Io<> overwrite(Volume& volume, Node& node, FileBytes bytes);
// Writes them; they begin no later than the file ends. It is `size` bytes afterwards if that is more than it is.
Io<> extend(Volume& volume, Node& node, FileBytes bytes, std::uint64_t size, Stamp written);
// The file grows: zeros. Where there is no room for all it stays as it is.
Io<> grow(Volume& volume, Node& node, std::uint64_t size, Stamp written);
// The file becomes smaller.
Io<> shrink(Volume& volume, Node& node, std::uint32_t size, Stamp written);
// Changes its entry.
Io<> change_entry(Volume& volume, Node& node, Entry entry);
// Parts of a file that extend() is given at most.
[[nodiscard]] std::uint64_t step_bytes(const Volume& volume);

}  // namespace tessera::fs::fat
