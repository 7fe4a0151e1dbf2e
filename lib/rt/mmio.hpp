// SPDX-License-Identifier: Apache-2.0
// A device's registers in memory. An access outside of the window traps; each
// access is one load or store of its width, in program order: what was stored to memory
// before a write is there for the device, what is loaded after a read is not older.
#pragma once

#include <arch_device.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace tessera::rt {

// A register: where it is and how wide.
template <typename T, std::size_t kOffset>
struct Register {
  static_assert(kOffset % sizeof(T) == 0);
};

class Mmio {
 public:
  Mmio() = default;
  explicit Mmio(std::span<std::byte> window) : window_(window) {}

  [[nodiscard]] std::size_t size() const { return window_.size(); }
  // A part of the window; empty when it is not inside.
  [[nodiscard]] Mmio part(std::uint64_t offset, std::uint64_t bytes) const {
    if (offset > window_.size() || bytes > window_.size() - offset) return Mmio();
    return Mmio(window_.subspan(offset, bytes));
  }

  template <typename T>
  [[nodiscard]] T read_at(std::size_t offset) const {
    const T value = *at<T>(offset);
    arch::after_device_read();
    return value;
  }
  template <typename T>
  void write_at(std::size_t offset, T value) const {
    arch::before_device_write();
    *at<T>(offset) = value;
  }
  template <typename T, std::size_t kOffset>
  [[nodiscard]] T read(Register<T, kOffset>) const {
    return read_at<T>(kOffset);
  }
  template <typename T, std::size_t kOffset>
  void write(Register<T, kOffset>, std::type_identity_t<T> value) const {
    write_at<T>(kOffset, value);
  }

 private:
  template <typename T>
  [[nodiscard]] volatile T* at(std::size_t offset) const {
    return reinterpret_cast<volatile T*>(&window_.subspan(offset, sizeof(T)).front());
  }
  std::span<std::byte> window_;
};

}  // namespace tessera::rt
