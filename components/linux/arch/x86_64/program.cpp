// SPDX-License-Identifier: Apache-2.0
#include <linux_arch/program.hpp>
#include "components/linux/signal/signal_frame.hpp"

#include "components/linux/process/thread.hpp"

namespace tessera::lx {

namespace {

struct CpuId {
  std::uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
};

CpuId cpu_id(std::uint32_t leaf) {
  CpuId result;
  asm volatile("cpuid" : "=a"(result.eax), "=b"(result.ebx), "=c"(result.ecx), "=d"(result.edx) : "a"(leaf), "c"(0));
  return result;
}

}  // namespace

std::uint64_t hardware_capabilities() { return cpu_id(1).edx; }

std::uint64_t hardware_capabilities2() {
  if (cpu_id(0).eax < 7) return 0;
  return (cpu_id(7).ebx & 1) != 0 ? 2 : 0;
}

std::uint64_t smallest_signal_stack_bytes() { return smallest_signal_stack(current_thread()); }

}  // namespace tessera::lx
