// SPDX-License-Identifier: Apache-2.0
// What a disk says of itself (ACS 7.13, IDENTIFY DEVICE).
#pragma once

#include <expected>
#include <span>
#include <string_view>

#include "components/drivers/block/disk.hpp"

namespace tessera::ahci {

struct Identity {
  block_driver::Facts facts;
  std::uint32_t queue_depth = 0;  // commands that it takes at a time; 0: it has no queue
  bool operator==(const Identity&) const = default;
};

inline constexpr std::size_t kIdentityBytes = 512;

// An error: why it is not used.
[[nodiscard]] std::expected<Identity, std::string_view> read_identity(std::span<const std::byte> words);

}  // namespace tessera::ahci
