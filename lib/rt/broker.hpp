// SPDX-License-Identifier: Apache-2.0
// Asking genesis for what the manifest's `requests` allow (docs/components.md). What is granted is found by its name in the
// start page from then on, as any grant, until it is released or the component ends.
#pragma once

#include <abi/protocols/broker.hpp>
#include <cstdint>
#include <expected>
#include <span>
#include <string_view>

namespace tessera::rt::broker {

// Status 0: genesis does not answer requests.
using Status = protocol::broker::Status;

struct Lease {
  std::uint32_t ticket = 0;  // for release()
  std::uint32_t number = 0;  // in the names of its grants
};
using Answer = std::expected<Lease, Status>;

// As in the manifest, "pci:1af4:1044". Granted: `deviceN.bar0` ..., `deviceN.interrupt`, `dmaN`, without N where that is 0.
[[nodiscard]] Answer request_device(std::string_view name);
// Granted: `memory.asked.N`, mapped, whole pages.
[[nodiscard]] Answer allocate_memory(std::uint64_t bytes);
// "gsi:4". Granted: `interrupt.N`.
[[nodiscard]] Answer request_irq(std::string_view name);
// Granted: `channel.PEER`, `channel.PEER.wake`, `channel.PEER.peer`, whether the peer has its end or not.
[[nodiscard]] Answer create_channel(std::string_view peer);
// What the names of a device's grants begin with: "device", "device1", ... Written to `room`.
[[nodiscard]] std::string_view device_prefix(const Lease& device, std::span<char> room);
// invalid: there is no such lease.
[[nodiscard]] std::expected<void, Status> release(const Lease& lease);

}  // namespace tessera::rt::broker
