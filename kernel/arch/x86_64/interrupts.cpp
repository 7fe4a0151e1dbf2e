// SPDX-License-Identifier: Apache-2.0
// I/O APIC: Intel 82093AA datasheet, 3.2. Message address and data: Intel SDM 3, 11.11. Where the IOMMU remaps
// interrupts, vector N is what its entry N makes of a message or a line, and each entry is one device's.
#include "interrupts.hpp"

#include <algorithm>
#include <array>

#include "apic.hpp"
#include "arch.hpp"
#include "device_map.hpp"
#include "kernel/iommu/devices.hpp"
#include "kernel/object/io_ports.hpp"
#include "kernel/sched/scheduler.hpp"

namespace tessera::nucleus::arch {

namespace {

constexpr unsigned kFirstVector = 0x30, kLastVector = 0xdf;
constexpr std::uint16_t kLevel = 1, kActiveLow = 2;
constexpr std::uint32_t kMaskBit = 1u << 16;

struct IoApic {
  volatile std::uint32_t* registers = nullptr;
  PhysAddr page{};
  std::uint32_t first = 0;  // global system interrupt of line 0
  std::uint32_t lines = 0;
  std::optional<std::uint16_t> sender;  // as which device the IOMMU knows it
};

std::array<IoApic, kMostIoApics> io_apics;
std::size_t io_apic_count = 0;
std::array<InterruptOverride, 16> overrides;
std::size_t override_count = 0;
std::array<Interrupt*, 256> by_vector;

// A vector that an interrupt had is free when the IOMMU has forgotten it.
struct Use {
  bool taken = false;
  bool leaves = false;
  std::optional<std::uint32_t> ticket;  // of what the IOMMU was asked to forget; none: it is to be asked
};
std::array<Use, 256> uses;
static_assert(uses.size() == DmaUnits::kInterruptEntries);

#pragma clang unsafe_buffer_usage begin
std::uint32_t read(const IoApic& apic, std::uint32_t index) {
  apic.registers[0] = index;
  return apic.registers[4];
}
void write(const IoApic& apic, std::uint32_t index, std::uint32_t value) {
  apic.registers[0] = index;
  apic.registers[4] = value;
}
#pragma clang unsafe_buffer_usage end

const IoApic* apic_of(std::uint64_t source) {
  for (const IoApic& apic : std::span(io_apics).first(io_apic_count)) {
    if (source >= apic.first && source - apic.first < apic.lines) return &apic;
  }
  return nullptr;
}

bool is_message(const Interrupt& interrupt) { return interrupt.source >= abi::kMessageSignalled; }
// The IOMMU's own message goes by no table.
bool is_remapped(const Interrupt& interrupt) { return dma_units.remaps() && interrupt.source != dma_units.fault_source(); }

InterruptEntry entry_of(const Interrupt& interrupt) {
  const IoApic* apic = is_message(interrupt) ? nullptr : apic_of(interrupt.source);
  const auto sender = apic != nullptr ? apic->sender.value_or(0) : static_cast<std::uint16_t>(interrupt.source - abi::kMessageSignalled);
  return InterruptEntry::of(interrupt.vector, local_apic_id(), !is_message(interrupt) && (interrupt.flags & kLevel) != 0, sender);
}

// True: nothing is known of the vector's last interrupt any more.
bool has_left(unsigned vector) {
  Use& use = uses[vector];
  if (!use.leaves) return true;
  if (!use.ticket) use.ticket = dma_units.forget_interrupt(vector);
  use.leaves = !use.ticket || !dma_units.forgotten(*use.ticket);
  return !use.leaves;
}

// None: all are taken, or the IOMMU is slow.
std::optional<unsigned> free_vector() {
  for (const bool leaving : {false, true}) {
    for (unsigned vector = kFirstVector; vector <= kLastVector; ++vector) {
      if (uses[vector].taken || uses[vector].leaves != leaving) continue;
      return has_left(vector) ? std::optional(vector) : std::nullopt;
    }
  }
  return std::nullopt;
}

void route(const Interrupt& interrupt, bool masked) {
  const IoApic* apic = apic_of(interrupt.source);
  if (apic == nullptr) return;
  const auto line = static_cast<std::uint32_t>(interrupt.source) - apic->first;
  std::uint32_t low = interrupt.vector;
  if ((interrupt.flags & kActiveLow) != 0) low |= 1u << 13;
  if ((interrupt.flags & kLevel) != 0) low |= 1u << 15;
  if (masked) low |= kMaskBit;
  write(*apic, 0x11 + 2 * line, is_remapped(interrupt) ? InterruptEntry::line(interrupt.vector) : local_apic_id() << 24);
  write(*apic, 0x10 + 2 * line, low);
}

// The legacy controllers are moved away from the exceptions and masked.
void silence_legacy_controllers() {
  out8(0x20, 0x11);
  out8(0xa0, 0x11);
  out8(0x21, 0x20);
  out8(0xa1, 0x28);
  out8(0x21, 4);
  out8(0xa1, 2);
  out8(0x21, 1);
  out8(0xa1, 1);
  out8(0x21, 0xff);
  out8(0xa1, 0xff);
}

}  // namespace

bool io_apics_are_known() {
  return std::ranges::all_of(std::span(io_apics).first(io_apic_count), [](const IoApic& apic) { return apic.sender.has_value(); });
}

void start_interrupts(const AcpiFacts& acpi) {
  silence_legacy_controllers();
  override_count = acpi.override_count;
  overrides = acpi.overrides;
  for (std::size_t i = 0; i < acpi.io_apic_count; ++i) {
    IoApic& apic = io_apics[io_apic_count++];
    apic.page = PhysAddr{acpi.io_apics[i].address & ~(kPageBytes - 1)};
    const std::uint64_t page = map_device_page(apic.page);
    apic.registers = reinterpret_cast<volatile std::uint32_t*>(page + acpi.io_apics[i].address % kPageBytes);
    apic.first = acpi.io_apics[i].first;
    apic.lines = (read(apic, 1) >> 16 & 0xff) + 1;
    const auto known = std::span(acpi.dmar.io_apics).first(acpi.dmar.io_apic_count);
    if (const auto own = std::ranges::find(known, acpi.io_apics[i].id, &DmarIoApic::id); own != known.end()) apic.sender = own->device;
    for (std::uint32_t line = 0; line < apic.lines; ++line) write(apic, 0x10 + 2 * line, kMaskBit);
  }
}

std::expected<InterruptRoute, abi::Error> allocate_interrupt(std::uint64_t source, std::uint64_t) {
  const auto free = free_vector();
  if (!free) return std::unexpected(abi::Error::no_memory);
  InterruptRoute route;
  route.vector = static_cast<std::uint16_t>(*free);
  if (source >= abi::kMessageSignalled) {
    const bool remapped = dma_units.remaps() && source != dma_units.fault_source();
    if (remapped && !dma_units.exists(source - abi::kMessageSignalled)) return std::unexpected(abi::Error::bad_argument);
    route.message_address = remapped ? InterruptEntry::message_address(*free) : kDefaultApic | (std::uint64_t{local_apic_id()} << 12);
    route.message_data = remapped ? 0 : route.vector;
  } else {
    if (apic_of(source) == nullptr) return std::unexpected(abi::Error::bad_argument);
    for (const Interrupt* other : by_vector) {
      if (other != nullptr && other->source == source) return std::unexpected(abi::Error::busy);
    }
  }
  uses[*free].taken = true;
  return route;
}

void connect_interrupt(Interrupt& interrupt) {
  by_vector[interrupt.vector] = &interrupt;
  for (const InterruptOverride& rule : std::span(overrides).first(override_count)) {
    if (rule.source != interrupt.source) continue;
    if (rule.level) interrupt.flags |= kLevel;
    if (rule.active_low) interrupt.flags |= kActiveLow;
  }
  if (is_message(interrupt)) return mute_interrupt(interrupt, true);
  if (is_remapped(interrupt)) dma_units.remap(interrupt.vector, entry_of(interrupt));
  route(interrupt, true);
}

void release_interrupt(Interrupt& interrupt) {
  if (!is_message(interrupt)) route(interrupt, true);
  by_vector[interrupt.vector] = nullptr;
  uses[interrupt.vector] = {};
  if (is_remapped(interrupt)) uses[interrupt.vector] = {.taken = false, .leaves = true, .ticket = dma_units.remap(interrupt.vector, {})};
}

void unmask_interrupt(const Interrupt& interrupt) {
  if (!is_message(interrupt)) route(interrupt, false);
}

void mute_interrupt(const Interrupt& interrupt, bool muted) {
  if (!is_message(interrupt)) return route(interrupt, muted);
  if (is_remapped(interrupt)) dma_units.remap(interrupt.vector, muted ? InterruptEntry::silent() : entry_of(interrupt));
}

const Interrupt* take_interrupt(unsigned vector) {
  if (vector == kSpuriousVector) return nullptr;
  if (vector == kCoreVector) {  // its end was told before the lock was waited for
    share_core();
    update_timer();
    return nullptr;
  }
  if (vector == kTimerVector) {
    end_of_interrupt();
    handle_timer();
    return nullptr;
  }
  Interrupt* interrupt = by_vector[vector];
  if (interrupt != nullptr && !is_message(*interrupt) && (interrupt->flags & kLevel) != 0) {
    route(*interrupt, true);  // until its driver has acknowledged
  }
  end_of_interrupt();
  return interrupt != nullptr && admit(*interrupt) ? interrupt : nullptr;
}

bool ports_reserved(std::uint64_t first, std::uint64_t last) {
  struct Range {
    std::uint64_t first, last;
  };
  // Interrupt controllers and the timer that calibration uses.
  static constexpr std::array kReserved{Range{0x20, 0x21}, Range{0xa0, 0xa1}, Range{0x40, 0x43}};
  return std::ranges::any_of(kReserved, [&](const Range& range) { return first <= range.last && range.first <= last; });
}

bool device_reserved(PhysAddr start, std::uint64_t bytes) {
  const auto overlaps = [&](std::uint64_t page) { return start.value < page + kPageBytes && page < start.value + bytes; };
  return overlaps(kDefaultApic) || std::ranges::any_of(std::span(io_apics).first(io_apic_count),
                                                       [&](const IoApic& apic) { return overlaps(apic.page.value); });
}

}  // namespace tessera::nucleus::arch
