// SPDX-License-Identifier: Apache-2.0
// Which node an inode number means, and what becomes of it.
#pragma once

#include "components/fs/fat/volume.hpp"

namespace tessera::fs::fat {

// stale: nothing has this number. A file without a name that was kept when the program ended is found in its deleted
// entry, as long as nothing else came to lie there.
Io<NodeRef> resolve(Volume& volume, InodeNumber number);
Io<NodeRef> resolve_directory(Volume& volume, InodeNumber number);
Io<NodeRef> resolve_file(Volume& volume, InodeNumber number);
// The node of an entry that was just met.
NodeRef node_at(Volume& volume, std::uint64_t position, Bytes slot);
// A moment of creation near this one by which the entry has a number that nobody has. `also`: one that is in use, too.
[[nodiscard]] Stamp unused_stamp(const Volume& volume, std::uint64_t position, Stamp stamp, InodeNumber also = 0);
// The node has another entry from now on: its number changes.
void move_node(Volume& volume, Node& node, std::uint64_t position);
// Two nodes have changed places.
void swap_nodes(Volume& volume, Node& a, Node& b);
// Its name is gone. One that is kept keeps what of its entry is left, unless that is somebody else's now.
void orphan_node(Volume& volume, Node& node, bool has_entry);
// Nobody knows it any more.
void forget_node(Volume& volume, Node& node);
// These sectors are no directory's any more: orphans whose entries lay there have none.
void detach_orphans(Volume& volume, std::uint64_t first_sector, std::uint64_t sectors);

// What the node's entry says from now on, written where it lies.
Result<void> put_entry(Operation& operation, const Node& node, const Entry& entry);

}  // namespace tessera::fs::fat
