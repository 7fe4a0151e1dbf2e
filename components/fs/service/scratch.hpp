// SPDX-License-Identifier: Apache-2.0
// What a read or a write needs besides its frame: where its pieces lie, read once. Too large for frames of
// the FramePool, so they are kept and used again; there are as many as were ever needed at a time.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "components/fs/block_device.hpp"
#include "lib/ring/channel.hpp"

namespace tessera::fs {

class Scratch {
 public:
  struct Transfer {
    ring::PieceList list;
    std::array<std::span<std::byte>, ring::kMostPieces> spans{};
    std::size_t count = 0;
    [[nodiscard]] BlockDevice::Pieces pieces() const { return std::span(spans).first(count); }

    // The memory of the pieces of `list`. False: one is empty or no multiple of `unit`.
    [[nodiscard]] bool find(const ring::Pools& pools, std::uint32_t unit) {
      count = 0;
      for (const ring::Piece& piece : list.pieces()) {
        const auto memory = pools.part(piece);
        if (!memory || memory->empty() || memory->size() % unit != 0) return false;
        spans.at(count++) = *memory;
      }
      return count != 0;
    }
  };

  // One while it is used.
  class Taken {
   public:
    explicit Taken(Scratch& scratch) : scratch_(scratch), transfer_(scratch.take()) {}
    Taken(const Taken&) = delete;
    Taken& operator=(const Taken&) = delete;
    ~Taken() { scratch_.free_.push_back(std::move(transfer_)); }
    Transfer* operator->() const { return transfer_.get(); }

   private:
    Scratch& scratch_;
    std::unique_ptr<Transfer> transfer_;
  };

 private:
  std::unique_ptr<Transfer> take() {
    if (free_.empty()) return std::make_unique<Transfer>();
    auto one = std::move(free_.back());
    free_.pop_back();
    return one;
  }
  std::vector<std::unique_ptr<Transfer>> free_;
};

}  // namespace tessera::fs
