// SPDX-License-Identifier: Apache-2.0
// What an executable asks for in memory (ELF-64 object file format 1.5, 3 and 5): a
// pure function from bytes to a plan. The plan keeps W^X, its segments are
// page-aligned, ascend without overlap and lie in the range allowed; or there is
// none. Loading it is the caller's.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "lib/format/read.hpp"

namespace tessera::format {

struct Segment {
  std::uint64_t address = 0;       // page-aligned
  std::uint64_t memory_bytes = 0;  // a multiple of the page size
  std::uint64_t file_offset = 0;   // of the first byte to copy ...
  std::uint64_t file_bytes = 0;    // ... and how many; the rest of the segment is zero
  std::uint64_t lead_bytes = 0;    // zeros before them, less than a page
  bool write = false;
  bool execute = false;
};

struct LoadPlan {
  static constexpr std::size_t kMostSegments = 8;
  std::uint64_t entry = 0;
  std::array<Segment, kMostSegments> segments{};
  std::size_t segment_count = 0;
  // For AArch64, and compiled so that each indirect branch ends at a landing pad: its code may be mapped guarded.
  bool landing_pads = false;

  [[nodiscard]] std::span<const Segment> all() const { return std::span(segments).first(segment_count); }
  // First and last address that the segments span, page-aligned.
  [[nodiscard]] std::uint64_t start() const { return segment_count == 0 ? 0 : segments.front().address; }
  [[nodiscard]] std::uint64_t end() const;
};

inline constexpr std::uint16_t kMachineX86 = 62, kMachineArm64 = 183;

// Plans an executable all of whose segments must lie in [lowest, limit).
[[nodiscard]] Parsed<LoadPlan> plan_elf(std::span<const std::byte> file, std::uint16_t machine, std::uint64_t lowest,
                                        std::uint64_t limit);

}  // namespace tessera::format
