// SPDX-License-Identifier: Apache-2.0
#include "firmware.hpp"

#include "uart.hpp"

namespace tessera::nucleus::arch {

static Conduit conduit = Conduit::none;
static constexpr std::uint64_t kSystemOff = 0x8400'0008, kCpuOn = 0xc400'0003;

void set_conduit(Conduit value) { conduit = value; }

// SMC Calling Convention 1.2: x0 the function, x1 to x3 its arguments; x0 to x17 may be lost.
static std::int64_t call_firmware(std::uint64_t function, std::uint64_t a, std::uint64_t b, std::uint64_t c) {
  register std::uint64_t x0 asm("x0") = function;
  register std::uint64_t x1 asm("x1") = a;
  register std::uint64_t x2 asm("x2") = b;
  register std::uint64_t x3 asm("x3") = c;
  constexpr std::int64_t kNotSupported = -1;
  switch (conduit) {
    case Conduit::none: return kNotSupported;
    case Conduit::hypervisor:
      asm volatile("hvc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::"x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13",
                   "x14", "x15", "x16", "x17", "memory");
      break;
    case Conduit::secure_monitor:
      asm volatile("smc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::"x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13",
                   "x14", "x15", "x16", "x17", "memory");
      break;
  }
  return static_cast<std::int64_t>(x0);
}

bool start_by_firmware(std::uint64_t affinity, PhysAddr entry) { return call_firmware(kCpuOn, affinity, entry.value, 0) == 0; }

void power_off() {
  let_log_out();
  (void)call_firmware(kSystemOff, 0, 0, 0);
  for (;;) asm volatile("wfi");
}

}  // namespace tessera::nucleus::arch
