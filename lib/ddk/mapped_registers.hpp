// SPDX-License-Identifier: Apache-2.0
// The registers of a real device.
#pragma once

#include "lib/ddk/registers.hpp"
#include "lib/rt/mmio.hpp"

namespace tessera::ddk {

class MappedRegisters final : public Registers {
 public:
  MappedRegisters() = default;
  explicit MappedRegisters(const rt::Mmio& window) : window_(window) {}
  [[nodiscard]] std::size_t size() const override { return window_.size(); }
  [[nodiscard]] std::uint32_t read(std::size_t offset) override { return window_.read_at<std::uint32_t>(offset); }
  void write(std::size_t offset, std::uint32_t value) override { window_.write_at<std::uint32_t>(offset, value); }
  void pause() override;

 private:
  rt::Mmio window_;
};

}  // namespace tessera::ddk
