// SPDX-License-Identifier: Apache-2.0
// A device that the device tree names: where its registers are and which line it interrupts by.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tessera::genesis {

struct TreeDevice {
  std::uint64_t address = 0, bytes = 0;    // a power of two of whole pages, aligned
  std::optional<std::uint64_t> interrupt;  // a source for Machine.make_interrupt
};

// The nth in use that is compatible with this; none: there is none that can be granted.
[[nodiscard]] std::optional<TreeDevice> find_in_tree(std::string_view compatible, unsigned nth);

// A node that has registers, and the first name of what it is compatible with.
struct TreeEntry {
  std::string_view compatible;
  std::uint64_t address = 0;
};
[[nodiscard]] std::optional<TreeEntry> nth_in_tree(std::size_t nth);

}  // namespace tessera::genesis
