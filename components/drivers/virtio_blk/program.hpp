// SPDX-License-Identifier: Apache-2.0
// A virtio disk to the driver kit.
#pragma once

#include "components/drivers/block/service.hpp"
#include "components/drivers/virtio_blk/disk.hpp"
#include "lib/ddk/virtio_pci.hpp"

namespace tessera::virtio_blk {

class Program final : public block_driver::Service {
 public:
  // A driver's life (lib/ddk/driver.hpp).
  [[nodiscard]] std::expected<void, std::string_view> init(ddk::Driver& at);
  void serve(rt::Scope& tasks);

 private:
  std::optional<ddk::VirtioPci> device_;
  std::optional<Disk> disk_;  // none: there is no device
  ddk::DeviceInterrupt interrupt_;
};

}  // namespace tessera::virtio_blk
