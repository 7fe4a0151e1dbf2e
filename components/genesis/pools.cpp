// SPDX-License-Identifier: Apache-2.0
#include "components/genesis/pools.hpp"

#include <abi/nucleus.client.hpp>
#include <algorithm>
#include <bit>

#include "components/genesis/boot.hpp"
#include "components/genesis/fatal.hpp"
#include "components/genesis/nodes.hpp"
#include "components/genesis/own.hpp"
#include "lib/rt/log.hpp"

namespace tessera::genesis {

namespace {

unsigned largest_piece_bits() {
  unsigned most = 0;
  for (unsigned node = 0; node < node_count(); ++node) most = std::max(most, store().largest_bits(node));
  return most;
}

// A share is at most so much: what there is in one piece may be less.
unsigned bits_of(const format::ManifestPool& pool, std::uint64_t free) {
  const std::uint64_t bytes = pool.memory.percent != 0 ? free / 100 * pool.memory.percent : pool.memory.bytes;
  const unsigned bits = std::max(static_cast<unsigned>(std::bit_width(bytes)), Store::kLeastBits + 1) - 1;
  return pool.memory.percent != 0 ? std::min(bits, largest_piece_bits()) : bits;
}

}  // namespace

void Pools::make(const format::Manifest& manifest) {
  const std::uint64_t free = store().free_bytes();
  for (const format::ManifestPool& one : std::span(manifest.pools).first(manifest.pool_count)) {
    const unsigned bits = bits_of(one, free);
    const auto memory = own_memory(bits);
    const auto info = memory ? abi::memory_info(*memory) : std::unexpected(memory.error());
    if (!info) {
      fatal("not enough memory in one piece for the pool {}: it wants {} KiB, the largest piece has {} KiB", one.name,
            (std::uint64_t{1} << bits) / 1024, (std::uint64_t{1} << largest_piece_bits()) / 1024);
    }
    pools_[count_] = {.name = one.name, .memory = *memory, .bytes = info->bytes, .physical = info->physical};
    ++count_;
    rt::log("pool {} has {} KiB", one.name, info->bytes / 1024);
  }
}

const Pool* Pools::find(std::string_view name) const {
  const auto found = std::ranges::find(std::span(pools_).first(count_), name, &Pool::name);
  return found == std::span(pools_).first(count_).end() ? nullptr : &*found;
}

}  // namespace tessera::genesis
