// SPDX-License-Identifier: Apache-2.0
// The reading side of a namespace's audit ring (docs/capabilities.md, "Audit").
#pragma once

#include <abi/nucleus.hpp>
#include <optional>
#include <span>

#include "lib/rt/objects.hpp"

namespace tessera::tenants {

class Records {
 public:
  constexpr Records() = default;
  // The ring lies in memory that the nucleus was given with set_audit.
  explicit Records(const rt::Mapping& memory);
  [[nodiscard]] std::optional<abi::AuditRecord> next();

 private:
  abi::AuditRing* head_ = nullptr;
  std::span<abi::AuditRecord> records_;
};

}  // namespace tessera::tenants
