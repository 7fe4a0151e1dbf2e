// SPDX-License-Identifier: Apache-2.0
#include "components/genesis/machine_tree.hpp"

#include "components/genesis/boot.hpp"
#include "lib/rt/log.hpp"
#include "lib/rt/raw_memory.hpp"

namespace tessera::genesis {

static std::expected<DeviceTree, std::string_view> open_tree() {
  const std::uint64_t offset = boot().device_tree_physical % abi::kPageBytes, bytes = offset + boot().device_tree_bytes;
  const auto mapping = rt::objects().map(boot().device_tree, rt::objects().reserve_addresses(bytes), bytes, abi::kRightRead);
  if (!mapping) return std::unexpected(abi::name(mapping.error()));
  // The nucleus says how long the tree is, and nobody writes to it any more.
  return DeviceTree::open(rt::bytes_at(mapping->address, bytes).subspan(offset));
}

const DeviceTree* machine_tree() {
  static constinit std::optional<DeviceTree> tree;
  static constinit bool tried = false;
  if (!tried && boot().device_tree != 0) {
    tried = true;
    if (const auto opened = open_tree()) tree = *opened;
    else rt::log("the device tree is not used: {}", opened.error());
  }
  return tree ? &*tree : nullptr;
}

}  // namespace tessera::genesis
