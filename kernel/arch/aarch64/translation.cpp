// SPDX-License-Identifier: Apache-2.0
// What a core does with its address spaces and caches. There is one ASID, 0: a core that
// changes to other tables forgets what it has cached of user mode's (Arm ARM D8.16).
#include "arch.hpp"
#include "device_map.hpp"
#include "kernel/support/addresses.hpp"

namespace tessera::nucleus::arch {

PhysAddr current_root() { return root_of(*core_block()); }

void load_root(CoreBlock& block, std::uint64_t root) {
  __atomic_store_n(&block.root, root, __ATOMIC_RELAXED);  // other cores look, also when a guest is left without a lock
  // The store is seen before the tables are used: AddressSpace::flush looks whose root is told.
  asm volatile(
      "dsb ish\n"
      "msr ttbr0_el1, %0\n"
      "msr ttbr1_el1, %1\n"
      "isb\n"
      "tlbi aside1, xzr\n"
      "dsb nsh\n"
      "isb" ::"r"(root), "r"(upper_half(root))
      : "memory");
}

void leave_address_space() { load_root(*core_block(), own_root().value); }

void flush_range(VirtAddr address, std::uint64_t pages) {
  static constexpr std::uint64_t kOneByOne = 16, kAddressBits = 0xfff'ffff'ffff;
  if (pages > kOneByOne) return flush_all();
  asm volatile("dsb ishst" ::: "memory");
  for (std::uint64_t i = 0; i < pages; ++i) asm volatile("tlbi vae1, %0" ::"r"((address.value / kPageBytes + i) & kAddressBits));
  asm volatile("dsb nsh; isb" ::: "memory");
}

void flush_all() { asm volatile("dsb ishst; tlbi aside1, xzr; dsb nsh; isb" ::: "memory"); }

// Break before make (Arm ARM D8.16.1).
void replace_entry(std::uint64_t& entry, std::uint64_t value, VirtAddr address) {
  __atomic_store_n(&entry, 0, __ATOMIC_RELAXED);
  asm volatile("dsb ishst; tlbi vaae1is, %0; dsb ish" ::"r"(address.value / kPageBytes & 0xfff'ffff'ffff) : "memory");
  __atomic_store_n(&entry, value, __ATOMIC_RELAXED);
  publish_tables();
}

// CTR_EL0: DminLine in words, and whether any of it is needed (IDC, DIC).
void make_executable(PhysAddr start, std::uint64_t bytes) {
  const std::uint64_t type = read_cache_type();
  const bool data_needs = (type >> 28 & 1) == 0, code_needs = (type >> 29 & 1) == 0;
  if (data_needs) {
    const std::uint64_t line = std::uint64_t{4} << (type >> 16 & 15);
    const std::uint64_t first = reinterpret_cast<std::uint64_t>(direct<std::byte>(start));
    for (std::uint64_t at = first; at < first + bytes; at += line) asm volatile("dc cvau, %0" ::"r"(at) : "memory");
  }
  asm volatile("dsb ish" ::: "memory");
  if (code_needs) asm volatile("ic ialluis; dsb ish" ::: "memory");
  instruction_barrier();
}

}  // namespace tessera::nucleus::arch
