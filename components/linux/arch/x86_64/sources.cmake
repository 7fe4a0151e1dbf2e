# SPDX-License-Identifier: Apache-2.0
set(TESSERA_LINUX_ARCH_SOURCES arch/x86_64/arch_calls.cpp arch/x86_64/guest_copy.S arch/x86_64/program.cpp arch/x86_64/registers.cpp
  arch/x86_64/signal_frame.cpp arch/x86_64/trace_registers.cpp arch/x86_64/vector_state.cpp)
