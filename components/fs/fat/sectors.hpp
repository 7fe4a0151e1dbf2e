// SPDX-License-Identifier: Apache-2.0
// Sectors of tables and directories in the device's memory, as many as fit. One that is clean goes when room
// is needed, unless it was used of late; what was changed stays until it is written.
#pragma once

#include <map>
#include <vector>

#include "components/fs/block_device.hpp"
#include "components/fs/bytes.hpp"
#include "lib/rt/signal.hpp"

namespace tessera::fs::fat {

// What a changed sector is of: they are written one kind after the other (commit.cpp).
enum class Role : std::uint8_t { table, directory };

struct Slot {
  std::uint64_t sector = 0;
  std::uint64_t operation = 0;  // the last that used it: its spans must stay
  Role role{};
  bool used = false;            // it holds a sector
  bool present = false;         // whose contents are there
  bool reading = false;
  bool changed = false;
  bool recent = false;
};

class Sectors {
 public:
  // Tables of `device` with sectors of so many bytes; at least a few dozen fit into `memory`.
  Sectors(BlockDevice& device, std::uint32_t sector_bytes, std::span<std::byte> memory);

  // Null: it is not there.
  [[nodiscard]] Slot* find(std::uint64_t sector);
  [[nodiscard]] Room contents(const Slot& slot);
  // Brings sectors in, those behind the first as far as nothing is in the way. no_memory: there is no room.
  Io<> fetch(std::uint64_t sector, std::uint64_t count);
  // One whose contents do not matter; null: there is no room.
  [[nodiscard]] Slot* make(std::uint64_t sector);
  // They are of no use any more, changed or not.
  void forget(std::uint64_t first, std::uint64_t count);
  // Which operation is under way: what it used stays.
  void begin_operation() { ++operation_; }
  void use(Slot& slot) {
    slot.operation = operation_;
    slot.recent = true;
  }
  void set_changed(Slot& slot, Role role);
  void set_clean(Slot& slot);

  [[nodiscard]] std::size_t size() const { return slots_.size(); }
  [[nodiscard]] std::size_t changed() const { return changed_; }
  // Those of a role that were changed, in order.
  [[nodiscard]] std::vector<Slot*> changed_of(Role role);

 private:
  [[nodiscard]] Slot* take(std::uint64_t sector);
  void drop(Slot& slot);

  BlockDevice& device_;
  std::uint32_t sector_bytes_;
  std::span<std::byte> memory_;
  std::vector<Slot> slots_;
  std::map<std::uint64_t, std::uint32_t> places_;
  std::uint32_t hand_ = 0;  // where the search for room goes on
  std::uint64_t operation_ = 1;
  std::size_t changed_ = 0;
  rt::Signal came_;
};

}  // namespace tessera::fs::fat
