# SPDX-License-Identifier: Apache-2.0
# What runs once, at boot.
set(NUCLEUS_ARCH_SMALL_SOURCES arch/x86_64/start.cpp arch/x86_64/device_map.cpp arch/x86_64/acpi.cpp
  arch/x86_64/boot_protocols.cpp arch/x86_64/topology.cpp iommu/dmar.cpp)
target_sources(nucleus PRIVATE iommu/dmar.cpp iommu/vtd.cpp iommu/vtd_interrupts.cpp)
