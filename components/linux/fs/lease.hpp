// SPDX-License-Identifier: Apache-2.0
// Leases of one file (fcntl(2), F_SETLEASE): the holder is told by a signal before somebody
// opens or cuts the file in a way that the lease excludes; that call waits until the holder
// gave the lease up or lowered it, for at most lease-break-time.
#pragma once

#include <cstdint>
#include <vector>

#include "components/linux/core/errno.hpp"
#include "components/linux/core/ref.hpp"
#include "components/linux/core/wait.hpp"

namespace tessera::lx {

class File;
class Inode;

// The numbers of F_RDLCK, F_WRLCK, F_UNLCK.
enum class Lease : std::uint8_t { read = 0, write = 1, none = 2 };

class Leases : public RefCounted {
 public:
  // EAGAIN: opened in a way that it would exclude, or leased by others.
  Result<void> set(File& file, const Inode& inode, Lease kind);
  // What the file holds, or what it is asked to lower it to.
  [[nodiscard]] Lease held_by(const File& file) const;
  // An open for writing (or a change of length), or for reading, is to happen. EAGAIN where
  // it may not wait.
  Result<void> make_way(bool writes, bool wait);
  void forget(const File& file);

 private:
  struct Held {
    File* file = nullptr;
    Lease kind = Lease::none, asked = Lease::none;
    bool breaking = false;  // `asked` holds
    std::uint64_t until_ns = 0;
  };
  [[nodiscard]] bool in_the_way(bool writes) const;
  // Lowers what was not lowered in time.
  void enforce();
  [[nodiscard]] std::uint64_t first_deadline() const;

  std::vector<Held> held_;
  WaitQueue lowered_;
};

Result<std::int64_t> set_lease(File& file, std::int32_t descriptor, std::uint64_t kind);
Result<std::int64_t> get_lease(const File& file);
// For who is about to open the file, or to change its length.
Result<void> break_leases(const Inode& inode, bool writes, bool wait);

}  // namespace tessera::lx
