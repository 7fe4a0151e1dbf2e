// SPDX-License-Identifier: Apache-2.0
// Who uses a file's blocks past the cache: many at a time that leave the map as it is, or one that changes it.
// Operations do not need it: nobody sees them half done.
#pragma once

#include "components/fs/ext4/volume.hpp"

namespace tessera::fs::ext4 {

class InodeLock {
 public:
  enum class Mode : std::uint8_t { shared, exclusive };

  InodeLock() = default;
  InodeLock(const InodeLock&) = delete;
  InodeLock& operator=(const InodeLock&) = delete;
  ~InodeLock() { release(); }

  Io<> take(Volume& volume, std::uint32_t inode, Mode mode);
  void release();

 private:
  Volume* volume_ = nullptr;
  std::uint32_t inode_ = 0;
  Mode mode_ = Mode::shared;
};

// Forgets what nobody needs to know of an inode any more.
void settle_state(Volume& volume, std::uint32_t inode);

}  // namespace tessera::fs::ext4
