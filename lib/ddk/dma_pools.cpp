// SPDX-License-Identifier: Apache-2.0
#include "lib/ddk/dma_pools.hpp"

#include "lib/rt/format.hpp"
#include "lib/rt/raw_memory.hpp"

namespace tessera::ddk {

namespace {

// The grant that this memory is a part of.
void add(DmaPools& found, std::size_t number, const rt::Grant& grant, std::span<std::byte> pool) {
  const auto region = DmaRegion::of(grant);
  if (!region || pool.empty()) return;
  const std::uint64_t at = rt::address_of(pool.data());
  if (at < grant.address || !region->find(at - grant.address, pool.size())) return;
  found.set(number, region->part(at - grant.address, pool.size()));
}

}  // namespace

DmaPools DmaPools::of(const rt::Start& start, std::string_view channel, std::span<std::byte> own,
                      std::span<const std::span<std::byte>> shared) {
  DmaPools found;
  std::array<char, 64> name;
  if (const auto grant = start.grant(rt::format_to(name, "channel.{}", channel), abi::ObjectType::memory)) add(found, 0, *grant, own);
  for (std::size_t index = 0; index < start.grant_count(); ++index) {
    const rt::Grant grant = start.grant_at(index);
    if (!grant.name.starts_with("pool.")) continue;
    std::size_t number = 0;
    for (const auto pool : shared) add(found, ++number, grant, pool);
  }
  return found;
}

bool DmaPools::locate(service::Asked& asked, std::uint32_t most_bytes, DmaRanges& into) const {
  [[clang::uninitialized]] ring::PieceList list;
  if (!asked.pieces(list) || list.bytes() == 0 || list.bytes() > most_bytes) return false;
  for (const ring::Piece& piece : list.pieces()) {
    const auto address = find(piece);
    if (!address || piece.bytes == 0 || !into.add({.address = *address, .bytes = piece.bytes})) return false;
  }
  return true;
}

}  // namespace tessera::ddk
