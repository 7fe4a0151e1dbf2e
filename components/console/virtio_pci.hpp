// SPDX-License-Identifier: Apache-2.0
// A modern virtio device on PCI (virtio 1.1, 4.1): its register windows, found by
// what genesis says of the function, and the steps that bring it up (3.1). Accepts
// VERSION_1 and the features asked for. All queues share one MSI-X vector.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

#include "components/console/virtqueue.hpp"
#include "lib/rt/mmio.hpp"
#include "lib/rt/start.hpp"

namespace tessera::console {

class VirtioPci {
 public:
  // None when the component has no such device or it is described badly.
  [[nodiscard]] static std::optional<VirtioPci> open(const rt::Start& start);

  // Resets the device and negotiates `features` (bits 0 to 31, all needed); then
  // queues may be set up, then go().
  [[nodiscard]] std::expected<void, std::string_view> begin(std::uint32_t features) const;
  // Writes the vector into the MSI-X table; false: the device has none.
  [[nodiscard]] bool set_message(std::uint64_t address, std::uint64_t data) const;
  // Sets up queue `number` over `memory`, which the device sees at `device_address`.
  [[nodiscard]] std::expected<Virtqueue, std::string_view> make_queue(std::uint16_t number, std::span<std::byte> memory,
                                                                      std::uint64_t device_address, bool interrupts);
  void go() const;
  // Tells the device that queue `number` has something new.
  void tell(std::uint16_t number) const;

 private:
  rt::Mmio common_, notify_, msix_;
  std::uint32_t notify_multiplier_ = 0;
  std::array<std::uint64_t, 6> notify_offsets_{};
};

}  // namespace tessera::console
