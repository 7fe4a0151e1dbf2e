// SPDX-License-Identifier: Apache-2.0
// A machine with an IOMMU, by its capabilities.
#pragma once

#include "tests/support/check.hpp"
#include "tests/unit/kernel/fixture/invariants.hpp"
#include "tests/unit/kernel/iommu/vtd_unit.hpp"

namespace tessera::nucleus::test {

using DomainMethod = abi::DmaDomainMethod;
inline constexpr std::uint8_t kR = abi::kRightRead, kW = abi::kRightWrite;

struct UnitFirst {  // it is there before the machine, and longer
  explicit UnitFirst(VtdUnit::Abilities abilities) : unit(abilities) { CHECK_EQ(unit.start(), std::string_view()); }
  VtdUnit unit;
};

struct Confined : UnitFirst, Machine {
  explicit Confined(VtdUnit::Abilities abilities = {}) : UnitFirst(abilities), Machine({.untyped_bits = 25}) {}

  std::uint64_t new_domain(unsigned pool_bits = 17) {
    const std::uint64_t domain = make(ObjectType::dma_domain);
    CHECK(invoke(domain, DomainMethod::donate, {make(ObjectType::untyped, pool_bits)}).ok());
    return domain;
  }
  DmaDomain& at(std::uint64_t cap) { return *slot(cap).as<DmaDomain>(); }
  Outcome attach(std::uint64_t domain, std::uint64_t memory, std::uint8_t rights = kR | kW) {
    return invoke(domain, DomainMethod::attach, {memory, rights});
  }
  Error assign(std::uint64_t device, std::uint64_t domain) {
    return invoke(machine_cap, abi::MachineMethod::assign_device, {device, domain}).error;
  }
  std::uint64_t place(std::uint64_t memory, std::uint64_t offset = 0) { return slot(memory).object + offset; }
};

}  // namespace tessera::nucleus::test
