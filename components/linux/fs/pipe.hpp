// SPDX-License-Identifier: Apache-2.0
// Pipes and FIFOs: pipe(7). A ring of page frames, so that nothing is reserved
// for an idle pipe and a full one costs its pages only.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "components/linux/core/frames.hpp"
#include "components/linux/fs/file.hpp"
#include "lib/rt/mutex.hpp"

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

  // For calls that share the big lock (pipe_beside.cpp): with this held.
  [[nodiscard]] rt::Mutex& lock() { return lock_; }
  // All that is wanted and there, or all of it. Nothing: others are concerned, there is no room, or
  // the guest's memory is not at hand; then nothing was moved.
  std::optional<std::size_t> read_at_once(IoBuffer& to);
  std::optional<std::size_t> write_at_once(IoBuffer& from);
  [[nodiscard]] WaitQueue& read_queue() { return read_queue_; }
  [[nodiscard]] bool has_writers() const { return writers_ != 0; }

  // For splice. Wait until there are bytes (false: never again), until there is room (EPIPE, with its signal).
  Result<bool> wait_for_bytes(bool non_blocking);
  Result<void> wait_for_room(bool non_blocking);
  [[nodiscard]] std::size_t room() const { return capacity() - used_ - reserved_; }
  // Keeps room for what is still to be read from elsewhere.
  void reserve(std::size_t bytes) { reserved_ += bytes; }
  void unreserve(std::size_t bytes) { reserved_ -= bytes; }
  // Bytes from `skip` on, which stay.
  std::size_t peek(std::size_t skip, std::span<std::byte> to) const;
  // Takes bytes and keeps their room until `settle` tells which of them are left over; those are first again.
  std::size_t take(std::span<std::byte> to);
  void settle(std::size_t taken, std::span<const std::byte> left);
  // As many as there is room for, at once.
  Result<std::size_t> append(std::span<const std::byte> bytes);

  // An end was opened or closed.
  void add(bool reader, bool writer);
  void remove(bool reader, bool writer);
  // Opening a FIFO waits for the other end.
  Result<void> wait_for_reader();
  Result<void> wait_for_writer();
  [[nodiscard]] bool has_readers() const { return readers_ != 0; }
  [[nodiscard]] bool idle() const { return readers_ == 0 && writers_ == 0; }

 private:
  std::size_t fill(IoBuffer& from, Result<void>& failure);
  std::size_t copy_out(IoBuffer& to) const;
  void consume(std::size_t bytes);
  std::size_t drain(IoBuffer& to);
  // A place in the ring: no more than one turn too far.
  [[nodiscard]] std::size_t wrapped(std::size_t place) const { return place < capacity() ? place : place - capacity(); }

  Inode& inode_;  // whose times change; lives longer than its pipe
  std::vector<Frame> slots_;
  std::size_t head_ = 0, used_ = 0;  // in bytes, head_ < capacity()
  std::size_t reserved_ = 0;  // of the room, for bytes on their way
  std::uint32_t readers_ = 0, writers_ = 0;
  std::uint64_t reader_opens_ = 0, writer_opens_ = 0;
  WaitQueue read_queue_, write_queue_;
  rt::Mutex lock_;
};

// Both ends of a new pipe.
std::pair<Ref<File>, Ref<File>> make_pipe(std::uint32_t flags);
Result<Ref<File>> open_fifo(Inode& node, std::uint32_t flags);

}  // namespace tessera::lx
