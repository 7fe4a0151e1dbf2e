// SPDX-License-Identifier: Apache-2.0
// A device's registers of 32 bits to a driver's logic: those of a window (mapped_registers.hpp), or a test's simulated device.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tessera::ddk {

class Registers {
 public:
  // Bytes that they take. What is accessed lies within them.
  [[nodiscard]] virtual std::size_t size() const = 0;
  [[nodiscard]] virtual std::uint32_t read(std::size_t offset) = 0;
  virtual void write(std::size_t offset, std::uint32_t value) = 0;
  // Lets some time pass, for who waits for the device without an interrupt.
  virtual void pause() = 0;

  void write64(std::size_t offset, std::uint64_t value) {
    write(offset, static_cast<std::uint32_t>(value));
    write(offset + 4, static_cast<std::uint32_t>(value >> 32));
  }
  [[nodiscard]] std::uint64_t read64(std::size_t offset) {
    const std::uint64_t low = read(offset);
    return std::uint64_t{read(offset + 4)} << 32 | low;
  }

 protected:
  ~Registers() = default;
};

// Waits until a condition of the registers holds. False: `patience_ns` passed before it did.
template <typename Condition>
[[nodiscard]] bool wait_for(Registers& registers, std::uint64_t (*now_ns)(), std::uint64_t patience_ns, Condition condition) {
  const std::uint64_t limit = now_ns() + patience_ns;
  while (!condition()) {
    if (now_ns() > limit) return false;
    registers.pause();
  }
  return true;
}

}  // namespace tessera::ddk
