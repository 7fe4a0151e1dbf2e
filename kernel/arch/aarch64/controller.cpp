// SPDX-License-Identifier: Apache-2.0
// Registers: IHI 0069 12.9 (GICD), 12.11 (GICR); of GICv2, IHI 0048 4.3 (GICD).
#include "controller.hpp"

#include <algorithm>

#include "arch.hpp"
#include "device_map.hpp"

namespace tessera::nucleus::arch {

namespace {

// Of the distributor; those of a core's own interrupts are the same behind a redistributor's first 64 KiB, or in GICv2 the
// distributor shows each core its own.
constexpr std::size_t kControl = 0x0, kType = 0x4, kGroup = 0x80, kEnable = 0x100, kDisable = 0x180, kPriority = 0x400,
                      kTargets = 0x800, kConfiguration = 0xc00, kRoute = 0x6000;
constexpr std::uint32_t kWritePending = 1u << 31, kByAffinity = 1u << 4, kGroups = 3;
constexpr std::uint64_t kFrameBytes = 0x10000;
// Of a redistributor.
constexpr std::size_t kRedistributorType = 0x8, kWaker = 0x14;
constexpr std::uint32_t kSleeps = 2, kChildrenSleep = 4;
constexpr std::uint64_t kLast = 1 << 4, kVirtualFrames = 1 << 1;
// More urgent the lower. That from other cores, number 1, is more urgent than all others.
constexpr std::uint32_t kMiddlePriority = 0x80808080, kFirstPriorities = 0x80804080;
constexpr unsigned kMostLooks = 1'000'000;

Registers distributor;
std::array<std::uint64_t, MachineFacts::kMostRedistributors> redistributors;  // mapped
std::span<const PhysRange> redistributor_ranges;
MachineFacts facts;
std::uint32_t line_count;

void settle() {
  for (unsigned i = 0; i < kMostLooks && (distributor.read(kControl) & kWritePending) != 0; ++i) {}
}

bool is_old() { return facts.redistributor_count == 0; }

// Nothing comes of these 32 yet. GICv2 has one group for all, the first; `priorities` are those of the first four.
void prepare(const Registers& lines, std::uint32_t first, std::uint32_t priorities) {
  lines.write(kDisable + first / 8, ~0u);
  lines.write(kGroup + first / 8, is_old() ? 0 : ~0u);
  for (std::uint32_t four = first + 4; four < first + 32; four += 4) lines.write(kPriority + four, kMiddlePriority);
  lines.write(kPriority + first, priorities);
}

// A range may be cut off where it is longer than the machine has cores.
Redistributor find_redistributor(std::uint64_t affinity) {
  const auto wanted = static_cast<std::uint32_t>((affinity >> 32 & 0xff) << 24 | (affinity & 0xff'ffff));
  for (std::size_t i = 0; i < facts.redistributor_count; ++i) {
    for (std::uint64_t at = 0; at + 2 * kFrameBytes <= redistributor_ranges[i].bytes();) {
      const Redistributor one{{redistributors[i] + at}, redistributor_ranges[i].start.value + at};
      const std::uint64_t type = one.registers.read_wide(kRedistributorType);
      if (type >> 32 == wanted) return one;
      if ((type & kLast) != 0) break;
      at += ((type & kVirtualFrames) != 0 ? 4 : 2) * kFrameBytes;
    }
  }
  return {};
}

}  // namespace

Redistributor own_redistributor() { return find_redistributor(read_affinity()); }

void start_controller(const MachineFacts& machine) {
  facts = machine;
  redistributor_ranges = std::span(facts.redistributors).first(facts.redistributor_count);
  distributor.base = map_device(machine.distributor);
  if (is_old()) start_interface({map_device(machine.interface)}, distributor);
  for (std::size_t i = 0; i < machine.redistributor_count; ++i) redistributors[i] = map_device(machine.redistributors[i]);
  distributor.write(kControl, 0);
  settle();
  line_count = std::min(((distributor.read(kType) & 31) + 1) * 32, kInterrupts);
  for (std::uint32_t first = kFirstShared; first < line_count; first += 32) prepare(distributor, first, kMiddlePriority);
  settle();
  if (is_old()) return distributor.write(kControl, 1);
  distributor.write(kControl, kByAffinity);
  settle();
  distributor.write(kControl, kByAffinity | kGroups);
  settle();
}

bool enable_core_interrupts() {
  Registers own = distributor;
  if (!is_old()) {
    own = own_redistributor().registers;
    if (own.base == 0) return false;
    own.write(kWaker, own.read(kWaker) & ~kSleeps);
    for (unsigned i = 0; i < kMostLooks && (own.read(kWaker) & kChildrenSleep) != 0; ++i) {}
    own.base += kFrameBytes;
    std::uint64_t enable = 0;
    asm volatile("mrs %0, S3_0_C12_C12_5" : "=r"(enable));            // ICC_SRE_EL1
    asm volatile("msr S3_0_C12_C12_5, %0; isb" ::"r"(enable | 1));
  }
  prepare(own, 0, kFirstPriorities);
  own.write(kEnable, 1u << kCoreInterrupt | 1u << facts.timer_interrupt);
  enable_interface();
  return true;
}

std::uint32_t timer_interrupt() { return facts.timer_interrupt; }

bool has_shared(std::uint64_t number) { return number >= kFirstShared && number < line_count; }
std::uint32_t shared_end() { return line_count; }

void route_shared(std::uint32_t number, std::uint64_t affinity, bool pulses) {
  mask_shared(number);
  const std::size_t place = kConfiguration + number / 16 * 4;
  const std::uint32_t bit = 2u << number % 16 * 2;
  distributor.write(place, pulses ? distributor.read(place) | bit : distributor.read(place) & ~bit);
  if (!is_old()) return distributor.write_wide(kRoute + number * std::size_t{8}, affinity);
  const std::size_t four = kTargets + number / 4 * 4;
  const unsigned shift = number % 4 * 8;
  distributor.write(four, (distributor.read(four) & ~(0xffu << shift)) | target_of(affinity) << shift);
}

void mask_shared(std::uint32_t number) {
  distributor.write(kDisable + number / 32 * 4, 1u << number % 32);
  settle();
}
void unmask_shared(std::uint32_t number) { distributor.write(kEnable + number / 32 * 4, 1u << number % 32); }

bool controller_reserves(PhysAddr start, std::uint64_t bytes) {
  const auto overlaps = [&](const PhysRange& range) { return start < range.end && range.start < start.plus(bytes); };
  return overlaps(facts.distributor) || overlaps(facts.interface) || overlaps(facts.its) || overlaps(facts.message_frame) || std::ranges::any_of(redistributor_ranges, overlaps);
}

}  // namespace tessera::nucleus::arch
