// SPDX-License-Identifier: Apache-2.0
#include "components/genesis/store.hpp"

#include <abi/nucleus.client.hpp>
#include <algorithm>

namespace tessera::genesis {

void Store::add(Handle untyped, unsigned bits) {
  const auto place = std::ranges::find(pieces_, 0u, &Piece::bits);
  // With all places taken, the smaller piece stays unused.
  if (place != pieces_.end()) *place = {untyped, bits};
}

Store::Piece* Store::smallest_of(unsigned bits) {
  Piece* best = nullptr;
  for (Piece& piece : pieces_) {
    if (piece.bits >= bits && piece.bits != 0 && (best == nullptr || piece.bits < best->bits)) best = &piece;
  }
  return best;
}

// Turns a piece into its two halves.
std::expected<void, abi::Error> Store::split(Piece& piece) {
  const rt::OwnObjects& own = rt::objects().own();
  std::array<Handle, 2> halves{};
  for (Handle& half : halves) {
    const auto slot = rt::objects().take_slot();
    if (!slot) return std::unexpected(slot.error());
    const auto made = abi::untyped_retype(piece.handle, abi::ObjectType::untyped, piece.bits - 1, 1, own.table, *slot);
    if (!made) return std::unexpected(made.error());
    half = *made;
  }
  piece = {halves.front(), piece.bits - 1};
  add(halves.back(), piece.bits);
  return {};
}

std::expected<Handle, abi::Error> Store::take(unsigned bits) {
  for (;;) {
    Piece* piece = smallest_of(bits);
    if (piece == nullptr || bits < kLeastBits) return std::unexpected(abi::Error::no_memory);
    if (piece->bits == bits) {
      const Handle handle = piece->handle;
      *piece = {};
      return handle;
    }
    if (const auto done = split(*piece); !done) return std::unexpected(done.error());
  }
}

std::uint64_t Store::free_bytes() const {
  std::uint64_t sum = 0;
  for (const Piece& piece : pieces_) {
    if (piece.bits != 0) sum += std::uint64_t{1} << piece.bits;
  }
  return sum;
}

unsigned Store::largest_bits() const { return std::ranges::max(pieces_, {}, &Piece::bits).bits; }

}  // namespace tessera::genesis
