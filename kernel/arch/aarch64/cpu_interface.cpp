// SPDX-License-Identifier: Apache-2.0
// Registers: IHI 0069 12.2 (ICC); IHI 0048 4.4 (GICC), 4.3.12 and 4.3.15 (GICD).
#include "cpu_interface.hpp"

#include <algorithm>
#include <bit>

#include "arch.hpp"

namespace tessera::nucleus::arch {

namespace {

constexpr std::uint32_t kAllPriorities = 0xff, kUrgentOnly = 0x60;
constexpr std::size_t kControl = 0x0, kPriorityMask = 0x4, kAcknowledge = 0xc, kEnd = 0x10;
constexpr std::size_t kTargets = 0x800, kSend = 0xf00;  // of the distributor
constexpr std::uint32_t kFromCores = 16;                // the first that is not

Registers interface, distributor;
std::array<std::uint64_t, 8> affinities;  // of the cores, by GICv2's numbers of them; each core writes its own, plus one

bool in_memory() { return interface.base != 0; }

}  // namespace

void start_interface(Registers own, Registers shared) {
  interface = own;
  distributor = shared;
}

// A machine with one core has no targets.
void enable_interface() {
  let_all_in(true);
  if (in_memory()) {
    const std::uint32_t own = distributor.read(kTargets) & 0xff;
    affinities[own == 0 ? 0 : static_cast<unsigned>(std::countr_zero(own))] = read_affinity() + 1;
    interface.write(kControl, 1);
    return;
  }
  asm volatile("msr S3_0_C12_C12_4, xzr");                              // ICC_CTLR_EL1: one write ends an interrupt
  asm volatile("msr S3_0_C12_C12_7, %0; isb" ::"r"(std::uint64_t{1}));  // ICC_IGRPEN1_EL1
}

void let_all_in(bool all) {
  const std::uint64_t mask = all ? kAllPriorities : kUrgentOnly;
  if (in_memory()) {
    interface.write(kPriorityMask, static_cast<std::uint32_t>(mask));
    asm volatile("dsb sy" ::: "memory");
  } else {
    asm volatile("msr S3_0_C4_C6_0, %0; isb; dsb sy" ::"r"(mask) : "memory");  // ICC_PMR_EL1
  }
}

// GICv2 is told from which core one came when that ends: at once, for nobody else asks.
std::uint32_t take_interrupt() {
  if (in_memory()) {
    const std::uint32_t taken = interface.read(kAcknowledge), number = taken & 0x3ff;
    if (number < kFromCores) interface.write(kEnd, taken);
    asm volatile("dsb sy" ::: "memory");
    return number;
  }
  std::uint64_t number;
  asm volatile("mrs %0, S3_0_C12_C12_0; dsb sy" : "=r"(number)::"memory");  // ICC_IAR1_EL1
  return static_cast<std::uint32_t>(number & 0xff'ffff);
}

void end_interrupt(std::uint32_t number) {
  if (!in_memory()) {
    asm volatile("msr S3_0_C12_C12_1, %0; isb" ::"r"(std::uint64_t{number}) : "memory");  // ICC_EOIR1_EL1
  } else if (number >= kFromCores) {
    interface.write(kEnd, number);
  }
}

// What was written before is seen by the core that is interrupted.
void send_to_core(std::uint64_t affinity) {
  asm volatile("dsb ishst" ::: "memory");
  if (in_memory()) return distributor.write(kSend, target_of(affinity) << 16 | kCoreInterrupt);
  const std::uint64_t low = affinity & 0xff;
  const std::uint64_t value = (affinity >> 32 & 0xff) << 48 | (affinity >> 16 & 0xff) << 32 | (affinity >> 8 & 0xff) << 16 |
                              (low >> 4) << 44 | std::uint64_t{kCoreInterrupt} << 24 | std::uint64_t{1} << (low & 15);
  asm volatile("msr S3_0_C12_C11_5, %0; isb" ::"r"(value) : "memory");  // ICC_SGI1R_EL1
}

std::uint32_t target_of(std::uint64_t affinity) {
  const auto place = std::ranges::find(affinities, affinity + 1);
  return place == affinities.end() ? 0 : 1u << (place - affinities.begin());
}

}  // namespace tessera::nucleus::arch
