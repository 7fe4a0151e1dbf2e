// SPDX-License-Identifier: Apache-2.0
// Advisory locks of one inode: record locks (fcntl; owned by a descriptor table,
// or with F_OFD_* by an open file) and whole-file locks (flock; owned by an open
// file). Deadlocks between record locks are found for chains of waiting owners.
#pragma once

#include <cstdint>
#include <vector>

#include "components/linux/core/errno.hpp"
#include "components/linux/core/ref.hpp"
#include "components/linux/core/wait.hpp"

namespace tessera::lx {

class File;

enum class LockKind : std::uint8_t { shared, exclusive, none };

// Bytes [start, end) of a file; end = kLockToEnd: to whatever the end is.
inline constexpr std::uint64_t kLockToEnd = ~std::uint64_t{0};
struct RecordLock {
  const void* owner = nullptr;
  std::int32_t pid = 0;  // -1: of an open file
  LockKind kind = LockKind::none;
  std::uint64_t start = 0, end = 0;
};

class FileLocks : public RefCounted {
 public:
  // The first record lock of another owner in the way, or null.
  [[nodiscard]] const RecordLock* conflict(const RecordLock& wanted) const;
  // Sets (or with kind none removes) the range for its owner. EAGAIN when another's is in the way and `wait`
  // is false, EDEADLK.
  Result<void> set(const RecordLock& wanted, bool wait);
  // EAGAIN (EWOULDBLOCK) like set.
  Result<void> set_whole(const File& owner, LockKind kind, bool wait);

  void release_owner(const void* owner);     // of record locks
  void release_open_file(const File& file);  // both kinds

 private:
  struct WholeLock {
    const File* owner;
    LockKind kind;
  };
  void apply(const RecordLock& wanted);
  void changed();

  std::vector<RecordLock> records_;
  std::vector<WholeLock> whole_;
  WaitQueue waiters_;
};

}  // namespace tessera::lx
