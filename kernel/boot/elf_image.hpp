// SPDX-License-Identifier: Apache-2.0
// A component's ELF file as the nucleus loads it: checked first, whole. Used for
// genesis only; genesis loads the others.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string_view>

namespace tessera::nucleus {

struct ElfSegment {
  std::uint64_t address = 0;       // page-aligned
  std::uint64_t memory_bytes = 0;  // page-aligned
  std::uint64_t lead_bytes = 0;    // from address to the first byte of the file's part
  std::uint64_t file_offset = 0;
  std::uint64_t file_bytes = 0;
  std::uint8_t rights = 0;
};

struct ElfImage {
  std::uint64_t entry = 0;
  std::array<ElfSegment, 8> segments{};
  std::size_t segment_count = 0;
};

// Accepts a static ELF64 executable of this machine whose segments lie on pages
// of their own in the component half below `limit`, none writable and executable.
std::expected<ElfImage, std::string_view> read_elf(std::span<const std::byte> file, std::uint64_t limit);

}  // namespace tessera::nucleus
