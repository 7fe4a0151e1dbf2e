// SPDX-License-Identifier: Apache-2.0
// Memory in one piece that a device may be told of: where this program sees it, and where the device does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "lib/rt/start.hpp"

namespace tessera::ddk {

// A stretch of memory as a device sees it.
struct DmaRange {
  std::uint64_t address = 0;
  std::uint32_t bytes = 0;
};

class DmaRegion {
 public:
  DmaRegion() = default;
  DmaRegion(std::span<std::byte> memory, std::uint64_t address) : memory_(memory), address_(address), size_(memory.size()) {}

  // None: no Memory, or its physical address is not told. One that is not mapped has no bytes().
  [[nodiscard]] static std::optional<DmaRegion> of(const rt::Grant& grant) {
    if (grant.kind != abi::ObjectType::memory || grant.physical == 0) return std::nullopt;
    DmaRegion region;
    if (grant.address != 0) region.memory_ = rt::bytes_of(grant);
    region.address_ = grant.physical;
    region.size_ = grant.bytes;
    return region;
  }

  [[nodiscard]] std::span<std::byte> bytes() const { return memory_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::uint64_t address() const { return address_; }

  // A part of mapped memory; one that is not inside traps: the program's own mistake.
  [[nodiscard]] DmaRegion part(std::size_t offset, std::size_t bytes) const {
    return {memory_.subspan(offset, bytes), address_ + offset};
  }
  // The device's address of a part that somebody else named; none: it is not inside.
  [[nodiscard]] std::optional<std::uint64_t> find(std::uint64_t offset, std::uint64_t bytes) const {
    if (offset > size_ || bytes > size_ - offset) return std::nullopt;
    return address_ + offset;
  }

 private:
  std::span<std::byte> memory_;
  std::uint64_t address_ = 0;
  std::size_t size_ = 0;
};

}  // namespace tessera::ddk
