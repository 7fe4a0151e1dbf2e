// SPDX-License-Identifier: Apache-2.0
// RAM while the nucleus starts: hands out what the nucleus keeps for good; what
// is left becomes Untyped. No block lies in more than one node.
#pragma once

#include <array>
#include <optional>

#include "kernel/boot/topology.hpp"

namespace tessera::nucleus {

class BootMemory {
 public:
  // Everything but the image, the bundle as loaded, and the first MiB, which
  // firmware uses. RAM that is in no node counts to the first.
  void start(const BootFacts& facts, const PhysRange& image, const Topology& topology);

  // A block of a power of two of bytes, aligned to its size. Panics when there is
  // none: nothing runs yet that could be told.
  PhysAddr take(std::uint64_t bytes);
  // The same of this node, if it has one; `node` becomes the one it is of.
  PhysAddr take_near(std::uint64_t bytes, std::uint8_t& node);
  // The next block to make an Untyped of: as large as alignment allows. False
  // when nothing is left.
  struct Block {
    PhysAddr start{};
    unsigned size_bits = 0;
    std::uint8_t node = 0;
  };
  bool take_largest_first(Block& block);

  [[nodiscard]] std::uint64_t total() const { return total_; }

 private:
  struct Place {
    std::size_t index = 0;  // in free_
    PhysAddr start{~std::uint64_t{0}};
    unsigned size_bits = 0;  // 0: none
  };
  void add(const PhysRange& range, std::uint8_t node);
  void exclude(const PhysRange& range);
  [[nodiscard]] Place lowest(std::uint64_t bytes, std::optional<std::uint8_t> node) const;
  void cut(const Place& place);
  std::array<NodeMemory, 128> free_{};
  std::size_t count_ = 0;
  std::uint64_t total_ = 0;
};

}  // namespace tessera::nucleus
