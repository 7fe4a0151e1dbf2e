# SPDX-License-Identifier: Apache-2.0
# What runs once, at boot.
set(NUCLEUS_ARCH_SMALL_SOURCES arch/aarch64/start.cpp arch/aarch64/device_map.cpp boot/arm_machine.cpp)
target_sources(nucleus PRIVATE boot/arm_machine.cpp iommu/smmu.cpp memory/cached_spaces.cpp)
# The boot protocol is that of Linux' Image: the memory as it is to be, from its first byte.
find_program(TESSERA_OBJCOPY NAMES llvm-objcopy-22 REQUIRED)
add_custom_command(OUTPUT nucleus.image
  COMMAND ${TESSERA_OBJCOPY} -O binary $<TARGET_FILE:nucleus> nucleus.image
  DEPENDS nucleus VERBATIM)
add_custom_target(nucleus_image ALL DEPENDS nucleus.image)
