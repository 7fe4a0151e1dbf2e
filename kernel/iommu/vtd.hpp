// SPDX-License-Identifier: Apache-2.0
// Intel's IOMMUs (VT-d specification 3.3): which domain each PCI device is in, and what is
// known of that in caches. All units use the same tables, so that it does not matter which
// of them a device's requests go through: a device is found by its requester number alone.
// Not responsible for a domain's own tables (dma_domain.hpp), but for their format.
//
// A unit is told what to forget by a queue; that is done when it has written the number
// that was put behind it. Waiting is bounded: who asks comes again.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string_view>

#include "kernel/iommu/bus_tables.hpp"
#include "kernel/iommu/dma_fault.hpp"
#include "kernel/iommu/dmar.hpp"
#include "kernel/iommu/interrupt_entry.hpp"
#include "kernel/support/registers.hpp"
#include "kernel/support/result.hpp"

namespace tessera::nucleus {

class Vtd {
 public:
  // Entries of a domain's tables (9.8), of which level 0 holds 4 KiB leaves, level 1 tables or 2 MiB leaves.
  struct Entry {
    static constexpr std::uint64_t kRead = 1, kWrite = 2, kLarge = 1 << 7, kAddress = 0x000f'ffff'ffff'f000;
    static bool is_leaf(std::uint64_t entry, unsigned level) { return level == 0 || (entry & kLarge) != 0; }
    static PhysAddr address(std::uint64_t entry) { return {entry & kAddress}; }
    static bool writable(std::uint64_t entry) { return (entry & kWrite) != 0; }
    static std::uint64_t table(PhysAddr table) { return table.value | kRead | kWrite; }
    static std::uint64_t leaf(PhysAddr frame, bool writable, bool large) {
      return frame.value | kRead | (writable ? kWrite : 0) | (large ? kLarge : 0);
    }
  };
  // What it wants to know of a domain beside its tables: nothing.
  struct Context {};

  using Take = PhysAddr (*)(std::uint64_t bytes);        // memory for good, of any contents
  using Map = std::uint64_t (*)(PhysAddr page);          // registers, for good

  // Turns on all units: no device reaches memory any more. What is missing, if they cannot be used: then devices
  // reach what they did.
  [[nodiscard]] std::string_view start(const DmarFacts& facts, Take take, Map map);
  [[nodiscard]] bool present() const { return count_ != 0; }

  // Levels of a domain's tables, whether they may have 2 MiB leaves, and the first address that cannot be in them.
  [[nodiscard]] unsigned levels() const { return levels_; }
  [[nodiscard]] bool large() const { return large_; }
  [[nodiscard]] std::uint64_t limit() const { return limit_; }
  // Whether what was not there may be known as such: what is mapped must be told as well.
  [[nodiscard]] bool knows_nothing() const { return caching_; }
  // The units will find there what was written there.
  void publish(const void* start, std::size_t bytes) const;
  static void describe(Context&, PhysAddr, std::uint32_t) {}
  // A page that each domain must have, for the messages of its devices.
  [[nodiscard]] static std::optional<PhysAddr> doorbell() { return std::nullopt; }
  [[nodiscard]] static std::uint64_t doorbell_leaf(PhysAddr) { return 0; }

  // The device's requests go by these tables of domain `id` (1 to 65535 at most) / go nowhere. What is known of it must be
  // forgotten after both.
  [[nodiscard]] Result<void> enter(std::uint32_t device, std::uint32_t id, PhysAddr root, PhysAddr context);
  void leave(std::uint32_t device);
  [[nodiscard]] static bool exists(std::uint64_t device) { return device <= 0xffff; }

  // Asks all units to forget what they know of a domain, or, none: of everything. What to wait for; none: try again.
  [[nodiscard]] std::optional<std::uint32_t> forget(std::optional<std::uint32_t> id);
  // Whether that was done; looks for a short while.
  [[nodiscard]] bool forgotten(std::uint32_t ticket) const;

  // Messages of devices, once remapping is on (vtd_interrupts.cpp): only those come that name an entry of the table, and by
  // whom that allows. What is missing, if it cannot be had: then any device can raise any vector.
  static constexpr unsigned kInterruptEntries = 256;
  [[nodiscard]] std::string_view start_remapping(const DmarFacts& facts, Take take);
  [[nodiscard]] bool remaps() const { return !interrupts_.empty(); }
  // An entry is this from now on, or as soon as what was before is forgotten: what to wait for; none: ask again.
  std::optional<std::uint32_t> remap(unsigned index, const InterruptEntry& entry);
  [[nodiscard]] std::optional<std::uint32_t> forget_interrupt(unsigned index);

  // The interrupt that tells of faults, which goes by no table: by which source the Interrupt is made, then what to write where.
  [[nodiscard]] static std::uint64_t fault_source() { return abi::kDmaFaults; }
  void tell_faults(std::uint64_t address, std::uint64_t data);
  void keep_faults();
  [[nodiscard]] bool tells_faults() const { return tells_faults_; }
  [[nodiscard]] std::optional<DmaFault> take_fault();

  [[nodiscard]] bool reserves(PhysAddr start, std::uint64_t bytes) const;

 private:
  struct Unit {
    PhysAddr at{};
    Registers registers;
    std::span<std::uint64_t> queue;
    const std::uint32_t* status = nullptr;  // the number of what it has done, in memory that it writes
    std::uint64_t status_at = 0;
    std::size_t next = 0;                   // word of the queue
    std::size_t faults_at = 0, fault_count = 0, next_fault = 0;
    bool drains_reads = false, drains_writes = false;
  };
  [[nodiscard]] std::span<Unit> units() { return std::span(units_).first(count_); }
  [[nodiscard]] std::span<const Unit> units() const { return std::span(units_).first(count_); }
  [[nodiscard]] std::string_view survey(Unit& unit);
  [[nodiscard]] bool turn_off(const Unit& unit) const;
  [[nodiscard]] bool turn_on(Unit& unit, std::uint32_t ticket);
  [[nodiscard]] static bool has_room(const Unit& unit);
  void tell(Unit& unit, std::uint64_t low, std::uint64_t high) const;
  void send(Unit& unit, std::uint32_t ticket) const;
  void tell_to_forget(Unit& unit, std::optional<std::uint32_t> id, std::uint32_t ticket) const;
  [[nodiscard]] bool turn_on_remapping();
  [[nodiscard]] std::optional<std::uint32_t> tell_all(std::uint64_t low);
  [[nodiscard]] std::span<std::uint64_t> entry_of(std::uint32_t device) const;
  [[nodiscard]] static std::optional<DmaFault> take_fault_of(Unit& unit);

  std::array<Unit, DmarFacts::kMostUnits> units_{};
  std::size_t count_ = 0;
  PhysAddr root_{};
  BusTables buses_;
  std::span<std::uint64_t> interrupts_;  // two words an entry; empty: they are not remapped
  std::uint32_t last_ticket_ = 0;
  unsigned levels_ = 0, depths_ = 0;
  std::uint64_t limit_ = 0;
  bool large_ = false, caching_ = false, coherent_ = false, tells_faults_ = false;
};

}  // namespace tessera::nucleus
