// SPDX-License-Identifier: Apache-2.0
// A modern virtio device on PCI (virtio 1.1, 4.1): its register windows, found by
// what genesis says of the function. All queues share one MSI-X vector.
#pragma once

#include <string_view>

#include "lib/ddk/pci_function.hpp"
#include "lib/ddk/virtio_device.hpp"

namespace tessera::ddk {

class VirtioPci final : public VirtioDevice {
 public:
  // None when the component has no such device or it is described badly. `prefix`: of its grants, "device1" for the second.
  [[nodiscard]] static std::optional<VirtioPci> open(const rt::Start& start, std::string_view prefix = "device");

  // Writes the vector into the MSI-X table, and gives it to queues that are set up from now on; false: the device has none.
  [[nodiscard]] bool set_message(std::uint64_t address, std::uint64_t data);

  std::expected<std::uint64_t, std::string_view> begin(std::uint64_t wanted, std::uint64_t needed) override;
  std::expected<Virtqueue, std::string_view> make_queue(std::uint16_t number, const DmaRegion& memory, std::uint16_t most,
                                                        const Virtqueue::Features& features = {}, std::size_t table_parts = 0) override;
  void go() override;
  void tell(std::uint16_t number) override;
  [[nodiscard]] bool reset() override;
  [[nodiscard]] bool needs_reset() override;

 private:
  std::uint8_t generation() override;
  std::uint32_t configuration_word(std::size_t offset) override;

  rt::Mmio common_, notify_, configuration_;
  MsixTable messages_;
  std::uint32_t notify_multiplier_ = 0;
  bool interrupts_ = false;
  std::array<std::uint64_t, kMostQueues> notify_offsets_{};
};

}  // namespace tessera::ddk
