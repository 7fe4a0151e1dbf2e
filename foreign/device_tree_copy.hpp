// SPDX-License-Identifier: Apache-2.0
// A device tree with more in it: what a loader adds for the system that it starts.
#pragma once

#include "foreign/device_tree.hpp"

namespace tessera::foreign {

struct TreeAdditions {
  DeviceTree::Range bundle;                        // `linux,initrd-start` and `-end` of /chosen, before others
  std::span<const DeviceTree::Range> reserved{};   // to the reservation block
};

// Bytes that the copy takes at most.
[[nodiscard]] std::size_t bytes_of_copy(std::size_t tree_bytes, std::size_t reserved_count);
// Writes the copy; how long it is. Fails when there is no /chosen, or too little room.
[[nodiscard]] std::expected<std::size_t, std::string_view> copy_tree(const DeviceTree& tree, const TreeAdditions& additions,
                                                                     std::span<std::byte> to);

}  // namespace tessera::foreign
