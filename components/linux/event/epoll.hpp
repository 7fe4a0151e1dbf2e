// SPDX-License-Identifier: Apache-2.0
// epoll(7): a set of open files, and the list of those that may be ready.
//
// An item watches the wait queues of its file. A wake puts it on the list; waiting
// asks only what is on the list, so idle files cost nothing. The item does not
// keep its file open, and is gone before the file is.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "components/linux/core/wait.hpp"
#include "components/linux/fs/file.hpp"

namespace tessera::lx {

inline constexpr std::uint32_t kEpollExclusive = 1u << 28, kEpollWakeUp = 1u << 29, kEpollOneShot = 1u << 30,
                               kEpollEdge = 1u << 31;

class EpollItem;

class EpollSet final : public File {
 public:
  EpollSet();
  ~EpollSet() override;
  std::uint32_t poll(PollTable* table) override;
  [[nodiscard]] EpollSet* epoll_set() override { return this; }

  // EEXIST, ELOOP, ENOENT, EINVAL as epoll_ctl(2).
  Result<void> add(std::int32_t descriptor, File& file, const EpollEvent& event);
  Result<void> change(std::int32_t descriptor, File& file, const EpollEvent& event);
  Result<void> remove(std::int32_t descriptor, File& file);
  // Writes up to `most` events to the guest; waits until there is one.
  Result<std::int64_t> wait(std::uint64_t address, std::int32_t most, std::uint64_t deadline_ns, bool immediate);

 private:
  friend class EpollItem;
  using Items = std::vector<std::unique_ptr<EpollItem>>;
  // Where the item is or would be: ordered by descriptor, then file.
  [[nodiscard]] Items::iterator place_of(std::int32_t descriptor, const File& file);
  [[nodiscard]] EpollItem* find(std::int32_t descriptor, const File& file);
  void forget(EpollItem& item);
  // How many sets hang below this one, this one included; 0 when `wanted` is among them or there are too many.
  [[nodiscard]] unsigned depth_without(const EpollSet& wanted, unsigned room) const;

  void make_ready(EpollItem& item);
  void push_back(EpollItem& item);
  void unlink(EpollItem& item);
  [[nodiscard]] bool any_ready();
  Result<std::int64_t> collect(std::uint64_t address, std::int32_t most);

  Items items_;
  EpollItem* first_ = nullptr;
  EpollItem* last_ = nullptr;
  std::size_t ready_count_ = 0;
  WaitQueue waiting_;  // threads in epoll_wait
  WaitQueue pollers_;  // who polls the set itself
};

}  // namespace tessera::lx
