// SPDX-License-Identifier: Apache-2.0
// RAM while the nucleus starts: hands out what the nucleus keeps for good; what
// is left becomes Untyped.
#pragma once

#include <array>

#include "kernel/boot/memory_map.hpp"

namespace tessera::nucleus {

class BootMemory {
 public:
  // Everything but the image, the bundle as loaded, and the first MiB, which
  // firmware uses.
  void start(const BootFacts& facts, const PhysRange& image);

  // A block of a power of two of bytes, aligned to its size. Panics when there is
  // none: nothing runs yet that could be told.
  PhysAddr take(std::uint64_t bytes);
  // The next block to make an Untyped of: as large as alignment allows. False
  // when nothing is left.
  bool take_largest_first(PhysAddr& start, unsigned& size_bits);

  [[nodiscard]] std::uint64_t total() const { return total_; }

 private:
  void exclude(const PhysRange& range);
  std::array<PhysRange, 128> free_{};
  std::size_t count_ = 0;
  std::uint64_t total_ = 0;
};

}  // namespace tessera::nucleus
