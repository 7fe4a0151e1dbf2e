// SPDX-License-Identifier: Apache-2.0
// Changes of many operations together, made durable at once.
//
// One transaction runs, at most one other is being committed: its blocks were copied at its beginning,
// so operations go on. A checkpoint writes everything home and empties the journal; then, and before
// every commit after which the journal would be too full for another, operations wait.
#pragma once

#include "components/fs/ext4/volume.hpp"

namespace tessera::fs::ext4 {

// All that has been done up to now is durable, data included.
Io<> commit_all(Volume& volume);
// Data that was written up to now is.
Io<> flush_data(Volume& volume);
// The transactions up to this one are, and the data that they mean.
Io<> commit_until(Volume& volume, std::uint32_t number);
// And the journal is empty.
Io<> checkpoint(Volume& volume);

// The numbers of free blocks and inodes.
void put_counters(const Volume& volume, Room superblock);

// Something on the disk makes no sense: notes it in the superblock and goes on read-only.
Io<> note_corruption(Volume& volume);

}  // namespace tessera::fs::ext4
