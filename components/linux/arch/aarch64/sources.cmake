# SPDX-License-Identifier: Apache-2.0
set(TESSERA_LINUX_ARCH_SOURCES arch/aarch64/features.cpp arch/aarch64/guest_copy.S arch/aarch64/pointer_keys.cpp arch/aarch64/program.cpp arch/aarch64/registers.cpp
  arch/aarch64/serve_instruction.cpp arch/aarch64/signal_frame.cpp arch/aarch64/trace_registers.cpp)
