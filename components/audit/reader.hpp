// SPDX-License-Identifier: Apache-2.0
// The reading side of the nucleus' audit rings. The nucleus writes records and
// `written`, the reader `read`; both count up for ever.
#pragma once

#include <abi/nucleus.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace tessera::audit {

class Ring {
 public:
  constexpr Ring() = default;
  // `address`: of the whole Memory, mapped for reading and writing.
  Ring(std::string_view name, std::uint64_t serial, std::uint64_t address, std::uint64_t bytes);

  [[nodiscard]] std::string_view name() const { return name_; }
  [[nodiscard]] std::uint64_t serial() const { return serial_; }
  // The oldest record that was not read yet.
  [[nodiscard]] std::optional<abi::AuditRecord> next();

 private:
  std::string_view name_;
  std::uint64_t serial_ = 0;
  abi::AuditRing* head_ = nullptr;
  std::span<abi::AuditRecord> records_;
};

}  // namespace tessera::audit
