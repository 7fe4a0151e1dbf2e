// SPDX-License-Identifier: Apache-2.0
// Any bytes as ACPI's table of IOMMUs.
#include <cstdlib>

#include "kernel/iommu/dmar.hpp"

#pragma clang unsafe_buffer_usage begin
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t bytes) {
  const std::span table(reinterpret_cast<const std::byte*>(data), bytes);
#pragma clang unsafe_buffer_usage end
  const auto facts = tessera::nucleus::read_dmar(table);
  const auto must = [](bool holds) {
    if (!holds) std::abort();
  };
  must(facts.unit_count <= facts.units.size() && facts.io_apic_count <= facts.io_apics.size());
  must(facts.why.empty() || facts.unit_count == 0);
  for (const std::uint64_t unit : facts.all()) must(unit != 0 && unit % 4096 == 0 && unit >> 48 == 0);
  return 0;
}
