// SPDX-License-Identifier: Apache-2.0
// Pipes and FIFOs: pipe(7). A ring of page frames, so that nothing is reserved
// for an idle pipe and a full one costs its pages only.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "components/linux/core/frames.hpp"
#include "components/linux/fs/file.hpp"

namespace tessera::lx {

class Pipe : public RefCounted {
 public:
  static constexpr std::size_t kPages = 16;            // 64 KiB
  static constexpr std::size_t kAtomicBytes = 4096;    // PIPE_BUF
  static constexpr std::size_t kMostPages = 256;       // /proc/sys/fs/pipe-max-size

  explicit Pipe(Inode& inode) : inode_(inode), slots_(kPages, Frame::none) {}
  ~Pipe() override;

  Result<std::size_t> read(IoBuffer& to, bool non_blocking);
  Result<std::size_t> write(IoBuffer& from, bool non_blocking);
  std::uint32_t poll(PollTable* table, bool reader, bool writer);
  [[nodiscard]] std::size_t used() const { return used_; }
  [[nodiscard]] std::size_t capacity() const { return slots_.size() * kPageBytes; }
  Result<std::size_t> set_capacity(std::uint64_t bytes);  // EBUSY, EPERM

  // An end was opened or closed.
  void add(bool reader, bool writer);
  void remove(bool reader, bool writer);
  // Opening a FIFO waits for the other end.
  Result<void> wait_for_reader();
  Result<void> wait_for_writer();
  [[nodiscard]] bool has_readers() const { return readers_ != 0; }
  [[nodiscard]] bool idle() const { return readers_ == 0 && writers_ == 0; }

 private:
  [[nodiscard]] std::size_t room() const { return capacity() - used_; }
  std::size_t fill(IoBuffer& from, Result<void>& failure);
  std::size_t drain(IoBuffer& to);

  Inode& inode_;  // whose times change; lives longer than its pipe
  std::vector<Frame> slots_;
  std::size_t head_ = 0, used_ = 0;  // in bytes, head_ < capacity()
  std::uint32_t readers_ = 0, writers_ = 0;
  std::uint64_t reader_opens_ = 0, writer_opens_ = 0;
  WaitQueue read_queue_, write_queue_;
};

// Both ends of a new pipe.
std::pair<Ref<File>, Ref<File>> make_pipe(std::uint32_t flags);
Result<Ref<File>> open_fifo(Inode& node, std::uint32_t flags);

}  // namespace tessera::lx
