// SPDX-License-Identifier: Apache-2.0
// The memory that a channel's requests point into (ring::Pools), as the driver's device sees it: so data goes
// between the client's memory and the device, and the driver touches none of it.
#pragma once

#include <array>

#include "lib/ddk/dma_region.hpp"
#include "lib/ring/channel.hpp"
#include "lib/service/server.hpp"

namespace tessera::ddk {

using DmaRanges = ring::BoundedList<DmaRange, ring::kMostPieces>;

class DmaPools {
 public:
  // Pool `number` of the channel (0: its own) lies there.
  void set(std::size_t number, const DmaRegion& region) {
    if (number < regions_.size()) regions_[number] = region;
  }

  // From a component's grants: the channel's own pool and the shared ones. A pool whose addresses are not told is none.
  [[nodiscard]] static DmaPools of(const rt::Start& start, std::string_view channel, std::span<std::byte> own,
                                   std::span<const std::span<std::byte>> shared);

  // What the device finds there; none: that is not in a pool of which it may be told.
  [[nodiscard]] std::optional<std::uint64_t> find(const ring::Piece& piece) const {
    if (piece.pool >= regions_.size()) return std::nullopt;
    return regions_[piece.pool].find(piece.offset, piece.bytes);
  }
  // Adds where the data of a request is for the device, in order. False: there is more than `most_bytes`, or nothing, or it is
  // not in a pool of which the device may be told, or the client is gone.
  [[nodiscard]] bool locate(service::Asked& asked, std::uint32_t most_bytes, DmaRanges& into) const;

 private:
  std::array<DmaRegion, 1 + ring::Pools::kMostShared> regions_{};
};

}  // namespace tessera::ddk
