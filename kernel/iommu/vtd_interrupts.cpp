// SPDX-License-Identifier: Apache-2.0
// VT-d specification 3.3: interrupt remapping 5.1, its table's register 11.4.9.1, what is known of entries 6.5.2.7. Destinations are
// local APICs' numbers of 8 bits: all interrupts go to the first core.
#include <algorithm>

#include "kernel/iommu/vtd.hpp"
#include "kernel/iommu/vtd_registers.hpp"

namespace tessera::nucleus {

using namespace vtd;

static constexpr std::uint64_t kTableBytes = Vtd::kInterruptEntries * 2 * sizeof(std::uint64_t);
static_assert(kTableBytes == kPageBytes);

// One thing to all units.
std::optional<std::uint32_t> Vtd::tell_all(std::uint64_t low) {
  if (!std::ranges::all_of(units(), has_room)) return std::nullopt;
  const std::uint32_t ticket = ++last_ticket_;
  for (Unit& unit : units()) {
    tell(unit, low, 0);
    send(unit, ticket);
  }
  return ticket;
}

bool Vtd::turn_on_remapping() {
  constexpr std::uint64_t kSize = 7;  // 2^(n + 1) entries
  for (const Unit& unit : units()) {
    unit.registers.write_wide(kInterruptTable, physical(interrupts_.data()).value | kSize);
    if (!command(unit.registers, kSetInterruptTable, true)) return false;
  }
  const auto ticket = tell_all(kInterrupts);
  for (unsigned i = 0; ticket && i < kMostLooks / kLooks && !forgotten(*ticket); ++i) {}
  if (!ticket || !forgotten(*ticket)) return false;
  return std::ranges::all_of(units(), [](const Unit& unit) { return command(unit.registers, kRemapsInterrupts, true); });
}

std::string_view Vtd::start_remapping(const DmarFacts& facts, Take take) {
  constexpr std::uint64_t kCanRemap = 1 << 3;
  if (!facts.interrupt_remapping) return "says that the machine cannot";
  for (const Unit& unit : units())
    if ((unit.registers.read_wide(kExtended) & kCanRemap) == 0) return "has a unit that cannot";
  const PhysAddr table = take(kTableBytes);
  arch::zero_bytes(direct<std::byte>(table), kTableBytes);
  interrupts_ = direct_span<std::uint64_t>(table, kTableBytes / sizeof(std::uint64_t));
  publish(interrupts_.data(), kTableBytes);
  if (turn_on_remapping()) return {};
  for (const Unit& unit : units()) (void)command(unit.registers, kRemapsInterrupts, false);
  interrupts_ = {};
  return "has a unit that does not do what it is told";
}

std::optional<std::uint32_t> Vtd::remap(unsigned index, const InterruptEntry& entry) {
  const auto words = interrupts_.subspan(std::size_t{index} * 2, 2);
  // One that was present goes in one write; another one is whole when it is.
  if ((entry.low & InterruptEntry::kPresent) != 0) {
    words.back() = entry.high;
    publish(&words.back(), sizeof words.back());
  }
  __atomic_store_n(&words.front(), entry.low, __ATOMIC_RELEASE);
  publish(&words.front(), sizeof words.front());
  return forget_interrupt(index);
}

std::optional<std::uint32_t> Vtd::forget_interrupt(unsigned index) {
  constexpr std::uint64_t kOfIndex = 1 << 4;
  return tell_all(kInterrupts | kOfIndex | std::uint64_t{index} << 32);
}

}  // namespace tessera::nucleus
