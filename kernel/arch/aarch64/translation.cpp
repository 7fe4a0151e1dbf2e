// SPDX-License-Identifier: Apache-2.0
// What a core does with its address spaces and caches (Arm ARM D8.16). TTBR0_EL1 has the lower half,
// which is the same in both views, TTBR1_EL1 the upper one and the ASID. Nothing of a space is ever
// cached with another's ASID: from one to the next the core has a lower half without entries.
#include "translation.hpp"

#include "device_map.hpp"
#include "kernel/memory/address_space.hpp"
#include "kernel/sched/cores.hpp"

namespace tessera::nucleus::arch {

PhysAddr current_root() { return root_of(*core_block()); }

static void forget_views(std::uint64_t number) {
  asm volatile("tlbi aside1, %0; tlbi aside1, %1; dsb nsh; isb" ::"r"(number << SpaceTag::kNumberShift), "r"((2 * number + 1) << (SpaceTag::kNumberShift - 1)) : "memory");
}

void leave_address_space() {
  CoreBlock& block = *core_block();
  write_lower(block.own);
  instruction_barrier();
  change_view(block, upper_half(block.own));
  instruction_barrier();
  __atomic_store_n(&block.root, block.own, __ATOMIC_RELAXED);
}

void learn_space(CoreBlock& block, std::uint64_t number, std::uint64_t stamp) {
  change_view(block, upper_half(block.own));
  instruction_barrier();
  forget_views(number);
  block.spaces.learn(static_cast<unsigned>(number), stamp);
}

void SpaceTag::start(PhysAddr host_root, PhysAddr guest_root) {
  number = 1 + static_cast<unsigned>(host_root.value / kObjectSpaceBytes % (CachedSpaces::kNumbers - 1));
  host = upper_half(host_root.value) | std::uint64_t{number} << kNumberShift;
  guest = upper_half(guest_root.value) | std::uint64_t{2 * number + 1} << (kNumberShift - 1);
  draw_stamp(*this, false, false);
}

void flush_range(VirtAddr address, std::uint64_t pages) {
  static constexpr std::uint64_t kOneByOne = 16, kAddressBits = 0xfff'ffff'ffff;
  if (pages > kOneByOne) return flush_all();
  asm volatile("dsb ishst" ::: "memory");
  for (std::uint64_t i = 0; i < pages; ++i) asm volatile("tlbi vaae1, %0" ::"r"((address.value / kPageBytes + i) & kAddressBits));
  asm volatile("dsb nsh; isb" ::: "memory");
}

void flush_all() {
  asm volatile("dsb ishst" ::: "memory");
  forget_views(SpaceTag::number_in(core_block()->view));
}

// Break before make (Arm ARM D8.16.1): no core has what was there, with any ASID.
bool replace_entry(std::uint64_t& entry, std::uint64_t value, VirtAddr address) {
  __atomic_store_n(&entry, 0, __ATOMIC_RELAXED);
  asm volatile("dsb ishst; tlbi vaae1is, %0; dsb ish" ::"r"(address.value / kPageBytes & 0xfff'ffff'ffff) : "memory");
  __atomic_store_n(&entry, value, __ATOMIC_RELAXED);
  publish_tables();
  return true;
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
