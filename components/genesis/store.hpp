// SPDX-License-Identifier: Apache-2.0
// The machine's memory as genesis hands it out: Untyped capabilities by size, split
// in halves as needed. What is given away is not taken back: a component that
// starts again gets the same pieces, emptied.
#pragma once

#include <abi/nucleus.hpp>
#include <array>
#include <cstdint>
#include <expected>
#include <span>

#include "lib/rt/objects.hpp"

namespace tessera::genesis {

using rt::Handle;

class Store {
 public:
  static constexpr unsigned kLeastBits = 12, kMostBits = 47;

  constexpr Store() = default;
  void add(Handle untyped, unsigned bits);

  // An Untyped of exactly 2^bits bytes.
  [[nodiscard]] std::expected<Handle, abi::Error> take(unsigned bits);
  [[nodiscard]] std::uint64_t free_bytes() const;
  // log2 of the largest piece; 0 when nothing is left.
  [[nodiscard]] unsigned largest_bits() const;

 private:
  static constexpr std::size_t kMostPieces = 128;
  struct Piece {
    Handle handle = 0;
    unsigned bits = 0;  // 0: this place is unused
  };
  [[nodiscard]] std::expected<void, abi::Error> split(Piece& piece);
  [[nodiscard]] Piece* smallest_of(unsigned bits);

  std::array<Piece, kMostPieces> pieces_{};
};

}  // namespace tessera::genesis
