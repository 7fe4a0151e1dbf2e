// SPDX-License-Identifier: Apache-2.0
#include "components/drivers/ahci/identity.hpp"

#include <bit>
#include <cstring>

namespace tessera::ahci {

namespace {

constexpr std::uint32_t kMostBytes = 4 << 20;  // one request must not keep others waiting for long

// Not to be 0, and only then to be believed.
bool valid(std::uint16_t word) { return (word & 0xc000) == 0x4000; }

}  // namespace

std::expected<Identity, std::string_view> read_identity(std::span<const std::byte> words) {
  const auto word = [&](std::size_t number) {
    std::uint16_t value = 0;
    std::memcpy(&value, words.subspan(number * sizeof value, sizeof value).data(), sizeof value);
    return value;
  };
  const auto wide = [&](std::size_t number, std::size_t count) {
    std::uint64_t value = 0;
    while (count-- > 0) value = value << 16 | word(number + count);
    return value;
  };
  constexpr std::uint16_t kChecked = 0xa5;
  std::uint8_t sum = 0;
  for (const std::byte one : words.first(kIdentityBytes)) sum = static_cast<std::uint8_t>(sum + std::to_integer<std::uint8_t>(one));
  if ((word(255) & 0xff) == kChecked && sum != 0) return std::unexpected("what it says of itself has a wrong sum");
  if ((word(0) & 1u << 15) != 0) return std::unexpected("it is no ATA disk");
  constexpr std::uint16_t kDma = 1u << 8, kAddresses = 1u << 9, kWideAddresses = 1u << 10;
  if ((word(49) & kDma) == 0 || (word(49) & kAddresses) == 0 || !valid(word(83)) || (word(83) & kWideAddresses) == 0) {
    return std::unexpected("it is too old: it lacks DMA, or addresses of 48 bits");
  }

  Identity identity;
  block_driver::Facts& facts = identity.facts;
  constexpr std::uint16_t kLargeSectors = 1u << 12;
  const bool large = valid(word(106)) && (word(106) & kLargeSectors) != 0;
  const std::uint64_t sector_bytes = large ? wide(117, 2) * 2 : 512;
  if (!std::has_single_bit(sector_bytes) || sector_bytes < 512 || sector_bytes > 4096) {
    return std::unexpected("its sectors have a size that is not supported");
  }
  const std::uint64_t sectors = wide(100, 3);
  if (sectors == 0) return std::unexpected("it is empty");
  facts.sector_bytes = static_cast<std::uint32_t>(sector_bytes);
  facts.bytes = sectors * sector_bytes;
  facts.most_bytes = kMostBytes;
  facts.most_pieces = block_driver::Disk::kMostPieces;
  constexpr std::uint16_t kWriteCache = 1u << 5, kTrim = 1u << 0, kQueue = 1u << 8;
  facts.can_flush = ((word(82) | word(85)) & kWriteCache) != 0;
  facts.can_discard = (word(169) & kTrim) != 0;
  const bool has_queue = word(76) != 0 && word(76) != 0xffff && (word(76) & kQueue) != 0;
  identity.queue_depth = has_queue ? (word(75) & 0x1fu) + 1 : 0;
  return identity;
}

}  // namespace tessera::ahci
