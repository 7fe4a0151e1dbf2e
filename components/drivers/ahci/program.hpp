// SPDX-License-Identifier: Apache-2.0
// A SATA disk to the driver kit.
#pragma once

#include "components/drivers/ahci/disk.hpp"
#include "components/drivers/block/service.hpp"
#include "lib/ddk/mapped_registers.hpp"

namespace tessera::ahci {

class Program final : public block_driver::Service {
 public:
  // A driver's life (lib/ddk/driver.hpp).
  [[nodiscard]] std::expected<void, std::string_view> init(ddk::Driver& at);
  void serve(rt::Scope& tasks);

 private:
  ddk::MappedRegisters registers_;
  std::optional<Disk> disk_;  // none: there is no device
  ddk::DeviceInterrupt interrupt_;
};

}  // namespace tessera::ahci
