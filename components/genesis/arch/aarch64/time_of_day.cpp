// SPDX-License-Identifier: Apache-2.0
// A PL031 of the device tree.
#include "components/genesis/time_of_day.hpp"

#include <abi/nucleus.client.hpp>

#include "components/genesis/machine_tree.hpp"
#include "components/genesis/own.hpp"
#include "lib/clock_chip/pl031.hpp"
#include "lib/ddk/mapped_registers.hpp"
#include "lib/rt/clock.hpp"
#include "lib/rt/raw_memory.hpp"

namespace tessera::genesis {

namespace {

std::optional<std::uint64_t> read_seconds(std::uint64_t physical) {
  const auto memory = device_memory(physical, 12);
  if (!memory) return std::nullopt;
  std::optional<std::uint64_t> seconds;
  // Not by a Window: the start page that is being written has that.
  if (const auto mapping = rt::objects().map(*memory, rt::objects().reserve_addresses(abi::kPageBytes), abi::kPageBytes, abi::kRightRead)) {
    ddk::MappedRegisters registers{rt::Mmio(rt::bytes_at(mapping->address, abi::kPageBytes))};
    seconds = clock_chip::Pl031(registers).read();
    (void)abi::address_space_detach(rt::objects().own().space, mapping->attachment);
  }
  rt::objects().discard(*memory);
  return seconds;
}

}  // namespace

std::optional<std::uint64_t> boot_time_seconds() {
  const DeviceTree* tree = machine_tree();
  if (tree == nullptr) return std::nullopt;
  std::optional<std::uint64_t> now;
  tree->each([&](const DeviceTree::Node& node) {
    if (now || !tree->in_use(node) || !tree->is_compatible(node, "arm,pl031")) return;
    if (const auto range = tree->range(node, 0)) now = read_seconds(range->start);
  });
  const std::uint64_t up = rt::now_ns() / 1'000'000'000;
  if (!now || *now <= up) return std::nullopt;
  return *now - up;
}

}  // namespace tessera::genesis
