// SPDX-License-Identifier: Apache-2.0
// The machine's memory as genesis hands it out: Untyped capabilities by node and size,
// split in halves as needed. What is given away is not taken back: a component that
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
  void add(Handle untyped, unsigned bits, unsigned node);

  // An Untyped of exactly 2^bits bytes: of genesis' own node, or the nearest that has one.
  [[nodiscard]] std::expected<Handle, abi::Error> take(unsigned bits);
  // Of this node.
  [[nodiscard]] std::expected<Handle, abi::Error> take_on(unsigned node, unsigned bits);
  [[nodiscard]] std::uint64_t free_bytes() const;
  [[nodiscard]] std::uint64_t free_bytes(unsigned node) const;
  // log2 of a node's largest piece; 0 when nothing is left.
  [[nodiscard]] unsigned largest_bits(unsigned node) const;

 private:
  static constexpr std::size_t kMostPieces = 256;
  struct Piece {
    Handle handle = 0;
    unsigned bits = 0;
    unsigned node = 0;
  };
  [[nodiscard]] std::expected<void, abi::Error> split(Piece& piece);
  [[nodiscard]] Piece* smallest_of(unsigned node, unsigned bits);
  [[nodiscard]] std::span<Piece> pieces() { return std::span(all_).first(count_); }
  [[nodiscard]] std::span<const Piece> pieces() const { return std::span(all_).first(count_); }

  std::array<Piece, kMostPieces> all_{};
  std::size_t count_ = 0;
};

}  // namespace tessera::genesis
