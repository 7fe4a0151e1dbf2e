// SPDX-License-Identifier: Apache-2.0
// Where the bytes of a read go to, or those of a write come from: memory of the
// guest (through fault-safe copies) or of the personality (pipes to itself,
// tests). Consumed front to back; a short copy leaves the cursor behind the last
// byte moved.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "components/linux/core/aside.hpp"
#include "components/linux/core/errno.hpp"

namespace tessera::lx {

// One element of a guest's I/O vector, already checked to lie below guest_limit.
struct GuestRange {
  std::uint64_t address = 0;
  std::uint64_t bytes = 0;
};

class IoBuffer {
 public:
  // The vector must outlive the buffer. Hold::leave: whoever reads or writes with it has nothing in hand that may not
  // change, and the big lock may be given up on the way.
  static IoBuffer guest(std::span<const GuestRange> ranges, Hold hold = Hold::keep);
  static IoBuffer local(std::span<std::byte> bytes);
  static IoBuffer local(std::span<const std::byte> bytes);

  [[nodiscard]] std::size_t remaining() const { return remaining_; }
  // Appends bytes to the reader's side. Returns how many were taken: less than
  // given when the buffer is full or, with `faulted`, when the guest's memory is
  // not writable.
  std::size_t put(std::span<const std::byte> bytes);
  // Takes bytes from the writer's side; the same rules.
  std::size_t take(std::span<std::byte> bytes);
  // Appends zeros.
  std::size_t put_zeros(std::size_t count);
  // Moves no more than so many bytes.
  void limit(std::size_t bytes) { remaining_ = bytes < remaining_ ? bytes : remaining_; }
  [[nodiscard]] Hold hold() const { return hold_; }
  // All that is left begins and ends at multiples of this, in the guest's memory.
  [[nodiscard]] bool aligned(std::uint64_t bytes) const;
  // The guest's memory could not be reached: the call answers EFAULT when
  // nothing was moved.
  [[nodiscard]] bool faulted() const { return faulted_; }

 private:
  IoBuffer() = default;
  template <typename Move>
  std::size_t each_range(std::size_t count, Move move);
  std::span<const GuestRange> ranges_;
  std::uint64_t offset_ = 0;  // within ranges_.front()
  std::span<std::byte> out_;
  std::span<const std::byte> in_;
  std::size_t remaining_ = 0;
  bool is_guest_ = false;
  bool faulted_ = false;
  Hold hold_ = Hold::keep;
};

}  // namespace tessera::lx
