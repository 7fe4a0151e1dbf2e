// SPDX-License-Identifier: Apache-2.0
#include "components/genesis/store.hpp"

#include <abi/nucleus.client.hpp>
#include <algorithm>

#include "components/genesis/nodes.hpp"

namespace tessera::genesis {

void Store::add(Handle untyped, unsigned bits, unsigned node) {
  // With all places taken, the smaller piece stays unused.
  if (count_ == all_.size()) return;
  all_[count_] = {untyped, bits, node};
  ++count_;
}

Store::Piece* Store::smallest_of(unsigned node, unsigned bits) {
  Piece* best = nullptr;
  for (Piece& piece : pieces()) {
    if (piece.node == node && piece.bits >= bits && (best == nullptr || piece.bits < best->bits)) best = &piece;
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
  piece = {halves.front(), piece.bits - 1, piece.node};
  add(halves.back(), piece.bits, piece.node);
  return {};
}

std::expected<Handle, abi::Error> Store::take(unsigned bits) {
  std::expected<Handle, abi::Error> taken = std::unexpected(abi::Error::no_memory);
  const NodeOrder order = nearest_first(own_node());
  for (const std::uint8_t node : order.all()) {
    if (taken = take_on(node, bits); taken) break;
  }
  return taken;
}

std::expected<Handle, abi::Error> Store::take_on(unsigned node, unsigned bits) {
  for (;;) {
    Piece* piece = smallest_of(node, bits);
    if (piece == nullptr || bits < kLeastBits) return std::unexpected(abi::Error::no_memory);
    if (piece->bits == bits) {
      const Handle handle = piece->handle;
      --count_;
      *piece = all_[count_];
      return handle;
    }
    if (const auto done = split(*piece); !done) return std::unexpected(done.error());
  }
}

std::uint64_t Store::free_bytes() const {
  std::uint64_t sum = 0;
  for (unsigned node = 0; node < node_count(); ++node) sum += free_bytes(node);
  return sum;
}

std::uint64_t Store::free_bytes(unsigned node) const {
  std::uint64_t sum = 0;
  for (const Piece& piece : pieces()) {
    if (piece.node == node) sum += std::uint64_t{1} << piece.bits;
  }
  return sum;
}

unsigned Store::largest_bits(unsigned node) const {
  unsigned most = 0;
  for (const Piece& piece : pieces()) {
    if (piece.node == node) most = std::max(most, piece.bits);
  }
  return most;
}

}  // namespace tessera::genesis
