// SPDX-License-Identifier: Apache-2.0
// How frames are backed: Memory objects attached to the personality's space and
// mapped one behind the other. Set up once by start/; the counts and the free list
// are in frames.cpp.
#pragma once

#include <cstdint>

#include "components/linux/core/errno.hpp"
#include "components/linux/core/frames.hpp"

namespace tessera::lx {

// Where the pool is mapped: 256 GiB of the component's own area.
inline constexpr std::uint64_t kPoolWindow = 0xffff'8020'0000'0000;
// Most Memory objects that make up the pool.
inline constexpr std::size_t kMostRegions = 72;

struct PoolRegion {
  std::uint64_t memory = 0;      // handle
  std::uint64_t attachment = 0;  // in the personality's space
  std::uint64_t offset = 0;      // of the first page in the Memory
  std::uint32_t first = 0;       // frame number
  std::uint32_t count = 0;
};

// Adds memory, whatever is in it, that was mapped at pool_end(). False: too many regions.
bool add_pool_region(const PoolRegion& region);
// Address behind the last region.
std::uint64_t pool_end();
// The memory that disks share, mapped at `address`.
void set_disk_region(const PoolRegion& region, std::uint64_t address);
// The bundle's root data: mapped at `address`, `pages` pages.
bool set_bundle_region(const PoolRegion& region, std::uint64_t address);
// After the last region: takes the counters' memory out of the pool. ENOMEM.
Result<void> open_frame_pool();

// The attachment and offset of a frame as address_space.map_list takes them, without rights.
std::uint64_t frame_map_entry(Frame frame);
// For methods that want a Memory and an offset.
struct FrameLocation {
  std::uint64_t memory = 0;
  std::uint64_t offset = 0;
};
FrameLocation frame_location(Frame frame);
// Like allocate_frame, but may use the reserve: for the heap and for carriers.
Result<Frame> allocate_reserved_frame();
// A good part of the reserve is used up: somebody must go.
bool frame_reserve_low();

}  // namespace tessera::lx
