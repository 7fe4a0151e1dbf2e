// SPDX-License-Identifier: Apache-2.0
// Where an ELF file's code and data are meant to be in memory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tessera::tools::run {

struct AddressRange {
  std::uint64_t first = 0;
  std::uint64_t end = 0;  // the first address behind
  [[nodiscard]] bool holds(std::uint64_t address) const { return address >= first && address < end; }
};

// From the lowest loaded address to the highest; nothing for what is no ELF64 file.
[[nodiscard]] std::optional<AddressRange> loaded_range(const std::string& elf);

}  // namespace tessera::tools::run
