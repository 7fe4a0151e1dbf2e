// SPDX-License-Identifier: Apache-2.0
// Which address space, in which of its views, the running core uses from here on.
#pragma once

#include "device_map.hpp"
#include "kernel/memory/address_space.hpp"

namespace tessera::nucleus::arch {

// In effect when user mode is entered, at the latest.
inline void change_view(CoreBlock& block, std::uint64_t view) {
  block.view = view;
  asm volatile("msr ttbr1_el1, %0" ::"r"(view) : "memory");
}
inline void write_lower(std::uint64_t root) { asm volatile("msr ttbr0_el1, %0" ::"r"(root) : "memory"); }
// What the core has under the number may be another space's, or out of date. None of it may be in use.
CALLED_RARELY void learn_space(CoreBlock& block, std::uint64_t number, std::uint64_t stamp);

// From another space.
inline void load_space(CoreBlock& block, const SpaceTag& tag, std::uint64_t root, std::uint64_t view) {
  write_lower(block.own);
  instruction_barrier();
  // Other cores look, also when a guest is left without a lock. The store is seen before the stamp is read: out_of_date.
  __atomic_store_n(&block.root, root, __ATOMIC_RELAXED);
  asm volatile("dsb ish" ::: "memory");
  const std::uint64_t stamp = tag.stamp, number = SpaceTag::number_in(view);
  if (!block.spaces.knows(static_cast<unsigned>(number), stamp)) [[unlikely]] learn_space(block, number, stamp);
  change_view(block, view);
  instruction_barrier();
  write_lower(root);
}
[[gnu::noinline]] inline void load_space_apart(CoreBlock& block, const SpaceTag& tag, std::uint64_t root, std::uint64_t view) {
  load_space(block, tag, root, view);
}

// `view` is one of the space's. By `load_space_apart` where the space is nearly always the same.
template <auto kLoad = load_space_apart>
inline void use_space(CoreBlock& block, const AddressSpace& space, std::uint64_t view) {
  if (block.view == view) return;
  const std::uint64_t root = space.host_root().value;
  if (block.root == root) return change_view(block, view);
  kLoad(block, space.tag(), root, view);
}

}  // namespace tessera::nucleus::arch
