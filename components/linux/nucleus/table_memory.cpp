// SPDX-License-Identifier: Apache-2.0
#include "components/linux/nucleus/table_memory.hpp"

#include <abi/nucleus.client.hpp>
#include <algorithm>
#include <array>
#include <bit>
#include <memory>
#include <ranges>
#include <vector>

#include "lib/rt/objects.hpp"

namespace tessera::lx {

// A whole piece, or one that was cut: its halves then are pieces of their own.
struct TablePiece {
  std::uint64_t untyped;
  std::uint64_t bits;
  TablePiece* parent = nullptr;
  std::array<std::unique_ptr<TablePiece>, 2> halves{};
  bool free = false;
};

namespace {

using tessera::abi::ObjectType;

// Of each size the free ones.
std::vector<TablePiece*>& free_pieces(std::uint64_t bits) {
  static std::array<std::vector<TablePiece*>, kMostTableBits - kLeastTableBits + 1> lists;
  return lists[static_cast<std::size_t>(bits - kLeastTableBits)];
}

void put(TablePiece* piece) {
  free_pieces(piece->bits).push_back(piece);
  piece->free = true;
}

TablePiece* pop(std::uint64_t bits) {
  auto& list = free_pieces(bits);
  if (list.empty()) return nullptr;
  TablePiece* const piece = list.back();
  list.pop_back();
  piece->free = false;
  return piece;
}

std::unique_ptr<TablePiece> make_piece(std::uint64_t from, std::uint64_t bits, TablePiece* parent) {
  const auto slot = rt::objects().take_slot();
  if (!slot) return nullptr;
  const auto made = tessera::abi::untyped_retype(from, ObjectType::untyped, bits, 1, rt::objects().own().table, *slot);
  if (made) return std::unique_ptr<TablePiece>(new TablePiece{.untyped = *made, .bits = bits, .parent = parent});
  rt::objects().give_back_slot(*slot);
  return nullptr;
}

void discard_halves(TablePiece& piece) {
  for (auto& half : piece.halves) {
    if (half) rt::objects().discard(half->untyped);
    half.reset();
  }
}

// False: the component's table of capabilities is full.
bool cut(TablePiece& piece) {
  for (auto& half : piece.halves) {
    half = make_piece(piece.untyped, piece.bits - 1, &piece);
    if (half) continue;
    discard_halves(piece);
    return false;
  }
  return true;
}

// The largest that can be made at once from what an Untyped has left, without
// leaving a gap before it: objects are aligned to their size.
std::uint64_t next_bits(const tessera::abi::UntypedInfoResult& info, std::uint64_t most_bytes) {
  const std::uint64_t used = (std::uint64_t{1} << info.size_bits) - info.free_bytes;
  std::uint64_t bits = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(std::countr_zero(used)), kLeastTableBits, kMostTableBits);
  while (bits > kLeastTableBits && (std::uint64_t{1} << bits) > std::min(info.free_bytes, most_bytes)) --bits;
  return bits;
}

}  // namespace

std::uint64_t open_table_memory(std::uint64_t bytes) {
  static std::vector<std::unique_ptr<TablePiece>> roots;
  std::uint64_t taken = 0;
  // The smallest Untypeds come last: what is left of the largest is for objects.
  for (const std::uint64_t untyped : rt::objects().untyped() | std::views::reverse) {
    for (;;) {
      const auto info = tessera::abi::untyped_info(untyped);
      if (!info || bytes - taken < std::uint64_t{1} << kLeastTableBits) break;
      auto root = make_piece(untyped, next_bits(*info, bytes - taken), nullptr);
      if (!root) break;
      taken += std::uint64_t{1} << root->bits;
      put(root.get());
      roots.push_back(std::move(root));
    }
  }
  return taken;
}

Result<TablePiece*> take_table_memory(std::uint64_t bits) {
  for (std::uint64_t larger = bits; larger <= kMostTableBits; ++larger) {
    TablePiece* piece = pop(larger);
    if (piece == nullptr) continue;
    while (piece->bits > bits && cut(*piece)) {
      put(piece->halves[1].get());
      piece = piece->halves[0].get();
    }
    return piece;
  }
  return fail(Errno::enomem);
}

void give_back_table_memory(TablePiece* piece) {
  for (TablePiece* parent = piece->parent; parent != nullptr; parent = piece->parent) {
    TablePiece* const other = parent->halves[parent->halves[0].get() == piece ? 1 : 0].get();
    if (!other->free) break;
    std::erase(free_pieces(other->bits), other);
    discard_halves(*parent);
    piece = parent;
  }
  put(piece);
}

std::uint64_t untyped_of(const TablePiece& piece) { return piece.untyped; }

}  // namespace tessera::lx
