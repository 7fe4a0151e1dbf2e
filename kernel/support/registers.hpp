// SPDX-License-Identifier: Apache-2.0
// A device's registers that the nucleus uses itself, mapped.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tessera::nucleus {

struct Registers {
  std::uint64_t base = 0;
  [[nodiscard]] std::uint32_t read(std::size_t offset) const { return *reinterpret_cast<volatile std::uint32_t*>(base + offset); }
  void write(std::size_t offset, std::uint32_t value) const { *reinterpret_cast<volatile std::uint32_t*>(base + offset) = value; }
  [[nodiscard]] std::uint64_t read_wide(std::size_t offset) const { return *reinterpret_cast<volatile std::uint64_t*>(base + offset); }
  void write_wide(std::size_t offset, std::uint64_t value) const { *reinterpret_cast<volatile std::uint64_t*>(base + offset) = value; }
};

}  // namespace tessera::nucleus
