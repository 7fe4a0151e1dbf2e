// SPDX-License-Identifier: Apache-2.0
// A Memory mapped in genesis for as long as the object lives: how contents are put
// into memory that a component will own, and read from it after a fault.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>

#include "lib/rt/objects.hpp"

namespace tessera::genesis {

class Window {
 public:
  // Maps [0, bytes) of `memory` at the window's one address: one Window at a time.
  Window(rt::Handle memory, std::uint64_t bytes, std::uint64_t rights);
  ~Window();
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;

  [[nodiscard]] bool valid() const { return mapping_.has_value(); }
  [[nodiscard]] abi::Error error() const { return mapping_ ? abi::Error::ok : mapping_.error(); }
  [[nodiscard]] std::span<std::byte> bytes() const;

 private:
  std::expected<rt::Mapping, abi::Error> mapping_;
};

}  // namespace tessera::genesis
