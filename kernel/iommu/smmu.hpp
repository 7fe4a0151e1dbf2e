// SPDX-License-Identifier: Apache-2.0
// Arm's IOMMU (SMMUv3, Arm IHI 0070): which domain each stream is in, which is what it calls
// a device, and what is known of that in caches. Stage 1 is used: a domain's tables are
// those of Arm's processors, for accesses without privilege. One SMMU, whose table of
// streams has two levels. Not responsible for a domain's own tables (dma_domain.hpp), but for
// their format.
//
// It is told what to forget by a queue, and has done all that it took out of it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "foreign/device_tree.hpp"
#include "kernel/iommu/bus_tables.hpp"
#include "kernel/iommu/dma_fault.hpp"
#include "kernel/support/registers.hpp"
#include "kernel/support/result.hpp"

namespace tessera::nucleus {

// What the device tree says of the first one (Linux' bindings, iommu/arm,smmu-v3.yaml).
struct SmmuFacts {
  std::uint64_t start = 0, end = 0;        // of its registers; both 0: there is none
  std::optional<std::uint32_t> interrupt;  // of events, among the lines that cores share
};
[[nodiscard]] SmmuFacts read_smmu(const foreign::DeviceTree& tree);

class Smmu {
 public:
  // Entries of a domain's tables (Arm ARM D8.3, stage 1, 4 KiB granule), by the levels of dma_domain.hpp.
  struct Entry {
    static constexpr std::uint64_t kValid = 1, kPage = 2, kTable = 3, kUser = 1 << 6, kReadOnly = 1 << 7, kInnerShareable = 3 << 8,
                                   kAccessed = 1 << 10, kNotGlobal = 1 << 11, kNoExecute = std::uint64_t{3} << 53,
                                   kAddress = 0x0000'ffff'ffff'f000;
    static bool is_leaf(std::uint64_t entry, unsigned level) { return level == 0 || (entry & kTable) == kValid; }
    static PhysAddr address(std::uint64_t entry) { return {entry & kAddress}; }
    static bool writable(std::uint64_t entry) { return (entry & kReadOnly) == 0; }
    static std::uint64_t table(PhysAddr table) { return table.value | kTable; }
    static std::uint64_t leaf(PhysAddr frame, bool writable, bool large) {
      return frame.value | kValid | (large ? 0 : kPage) | kUser | (writable ? 0 : kReadOnly) | kInnerShareable | kAccessed | kNotGlobal | kNoExecute;
    }
  };
  // A domain as a stream's entry names it: a context descriptor (5.4).
  using Context = std::array<std::uint64_t, 8>;

  using Take = PhysAddr (*)(std::uint64_t bytes);  // memory for good, of any contents

  // Turns it on: no device behind it reaches memory any more. `registers`: mapped, `bytes` of them; `doorbell`: where devices
  // write their messages to, 0: nowhere. What is missing, if it cannot be used.
  [[nodiscard]] std::string_view start(const SmmuFacts& facts, Registers registers, Take take, std::uint64_t doorbell);
  [[nodiscard]] bool present() const { return present_; }

  [[nodiscard]] static unsigned levels() { return 4; }
  [[nodiscard]] static bool large() { return true; }
  [[nodiscard]] std::uint64_t limit() const { return limit_; }
  [[nodiscard]] static bool knows_nothing() { return false; }
  static void publish(const void*, std::size_t) { arch::publish_tables(); }
  void describe(Context& context, PhysAddr root, std::uint32_t id) const;
  [[nodiscard]] std::optional<PhysAddr> doorbell() const;
  [[nodiscard]] static std::uint64_t doorbell_leaf(PhysAddr page);

  [[nodiscard]] Result<void> enter(std::uint32_t device, std::uint32_t id, PhysAddr root, PhysAddr context);
  void leave(std::uint32_t device);
  [[nodiscard]] bool exists(std::uint64_t device) const { return device >> stream_bits_ == 0; }

  [[nodiscard]] std::optional<std::uint32_t> forget(std::optional<std::uint32_t> id);
  [[nodiscard]] bool forgotten(std::uint32_t ticket) const;

  // Events pulse a line.
  [[nodiscard]] std::uint64_t fault_source() const { return interrupt_; }
  void tell_faults(std::uint64_t address, std::uint64_t data);
  void keep_faults();
  [[nodiscard]] bool tells_faults() const { return tells_faults_; }
  [[nodiscard]] std::optional<DmaFault> take_fault();

  [[nodiscard]] bool reserves(PhysAddr start, std::uint64_t bytes) const;

 private:
  static constexpr std::uint64_t kNoInterrupt = 0xffff'ffff;  // no line has this number

  [[nodiscard]] std::string_view survey();
  [[nodiscard]] bool turn_on(Take take);
  [[nodiscard]] bool acknowledged(std::size_t place, std::size_t answer, std::uint32_t value) const;
  void tell(std::uint64_t low, std::uint64_t high);
  [[nodiscard]] std::uint32_t done() const;
  [[nodiscard]] std::span<std::uint64_t> entry_of(std::uint32_t stream) const;

  Registers registers_;
  std::uint64_t start_ = 0, end_ = 0;
  bool present_ = false, tells_faults_ = false;
  unsigned stream_bits_ = 0;
  std::uint64_t size_field_ = 0, limit_ = 0, doorbell_ = 0, interrupt_ = kNoInterrupt;
  std::span<std::uint64_t> streams_;  // the first level
  BusTables tables_;                  // the second
  std::span<std::uint64_t> commands_, events_;
  std::uint32_t told_ = 0, taken_ = 0;  // commands, events; ever
};

}  // namespace tessera::nucleus
