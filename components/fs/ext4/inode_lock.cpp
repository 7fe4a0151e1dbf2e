// SPDX-License-Identifier: Apache-2.0
#include "components/fs/ext4/inode_lock.hpp"

namespace tessera::fs::ext4 {

Io<> InodeLock::take(Volume& volume, std::uint32_t inode, Mode mode) {
  InodeState& state = volume.inodes[inode];
  while (state.writer || (mode == Mode::exclusive && state.readers != 0)) {
    ++state.waiting;
    const rt::WaitResult woken = co_await state.free.wait();
    --state.waiting;
    if (!woken) co_return fail(Error::io);
  }
  if (mode == Mode::exclusive) state.writer = true;
  else ++state.readers;
  volume_ = &volume;
  inode_ = inode;
  mode_ = mode;
  co_return Result<void>();
}

void InodeLock::release() {
  Volume* const of = std::exchange(volume_, nullptr);
  if (of == nullptr) return;
  InodeState& state = of->inodes[inode_];
  if (mode_ == Mode::exclusive) state.writer = false;
  else --state.readers;
  if (state.waiting != 0) state.free.raise();
  else settle_state(*of, inode_);
}

void settle_state(Volume& volume, std::uint32_t inode) {
  const auto found = volume.inodes.find(inode);
  if (found == volume.inodes.end()) return;
  const InodeState& state = found->second;
  if (state.kept == 0 && state.readers == 0 && state.waiting == 0 && !state.writer && state.changed_in <= volume.durable) {
    volume.inodes.erase(found);
  }
}

}  // namespace tessera::fs::ext4
