// SPDX-License-Identifier: Apache-2.0
// A VT-d unit in memory: its registers are a page of this process, and it has its turn
// whenever the nucleus waits. It reads the tables as the hardware would, and remembers all
// that it ever found until it is told to forget it: what should not be reached any more and
// was reached before is reached still when the nucleus told it too little, or too early.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "kernel/iommu/devices.hpp"

namespace tessera::nucleus::test {

class VtdUnit {
 public:
  struct Abilities {
    bool queue = true, large = true, caching = false, write_buffers = false;
    unsigned depths = 6;       // bit 1: 3 levels, bit 2: 4 levels
    unsigned address_bits = 48;
    unsigned sluggish = 0;     // turns that it does nothing in before it looks at its queue
    bool obeys = true;         // else it does not do what its command register says
    bool remaps = true;        // interrupts
  };

  // One at a time. On from start() on.
  explicit VtdUnit(Abilities abilities);
  VtdUnit() : VtdUnit(Abilities{}) {}
  VtdUnit(const VtdUnit&) = delete;
  VtdUnit& operator=(const VtdUnit&) = delete;
  ~VtdUnit();

  // What the nucleus does at boot.
  std::string_view start();
  std::string_view start_remapping(bool platform = true);

  // Whether a device's access goes through.
  [[nodiscard]] bool reaches(std::uint32_t device, std::uint64_t address, bool write);
  // The vector that comes of a device's message; none: it is refused, and the reason is known.
  [[nodiscard]] std::optional<unsigned> interrupts(std::uint32_t device, std::uint64_t address, std::uint32_t data = 0);
  [[nodiscard]] unsigned reason() const { return reason_; }  // 0: nobody is told
  // As if it had refused an access. False: it has no room.
  bool record(std::uint32_t device, std::uint64_t address, bool write, std::uint8_t reason);
  [[nodiscard]] std::uint32_t read(std::size_t offset) const;
  void write(std::size_t offset, std::uint32_t value);
  [[nodiscard]] bool translates() const { return on_; }
  [[nodiscard]] unsigned forgets() const { return forgets_; }
  void be_sluggish(unsigned turns) { abilities_.sluggish = turns; }
  // Faults whose bit was written are gone.
  void settle_faults();

 private:
  struct Page {
    std::uint64_t leaf = 0;
    unsigned level = 0;
  };
  struct Context {
    std::uint64_t low = 0, high = 0;
  };
  void turn();
  void obey();
  void work_off();
  void do_one(std::uint64_t low, std::uint64_t high);
  [[nodiscard]] std::optional<Context> context_of(std::uint32_t device);
  [[nodiscard]] std::optional<Page> walk(const Context& context, std::uint64_t address) const;
  [[nodiscard]] std::uint64_t read_wide(std::size_t offset) const;
  void write_wide(std::size_t offset, std::uint64_t value);

  Abilities abilities_;
  std::uint64_t registers_ = 0;  // address of a page
  bool on_ = false, queues_ = false, remaps_ = false;
  std::uint64_t root_ = 0, interrupt_table_ = 0;
  unsigned reason_ = 0;
  unsigned waited_ = 0, forgets_ = 0;
  std::map<std::uint32_t, Context> contexts_;                               // by device
  std::map<std::pair<std::uint32_t, std::uint64_t>, Page> translations_;    // by domain and page
  std::map<std::uint64_t, std::pair<std::uint64_t, std::uint64_t>> entries_;  // of interrupts, by number
  std::vector<void*> memory_;
};

}  // namespace tessera::nucleus::test
