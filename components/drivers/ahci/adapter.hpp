// SPDX-License-Identifier: Apache-2.0
// A SATA adapter and one of its ports up to where commands can be given to a disk, and how both recover. All of it waits
// for the device, which has nothing else to do.
#pragma once

#include <optional>

#include "components/drivers/ahci/identity.hpp"
#include "components/drivers/ahci/layout.hpp"
#include "lib/ddk/registers.hpp"

namespace tessera::ahci {

inline constexpr std::string_view kNoDisk = "no port has a disk";

class Adapter {
 public:
  using Done = std::expected<void, std::string_view>;
  // The list, frames of the disk, what it says of itself, what is to be trimmed, a table for each slot.
  static constexpr std::size_t kListBytes = kSlots * sizeof(Header), kFrameBytes = 256, kIdentityPlace = 2048, kTrimPlace = 3072, kTablesPlace = 4096;
  static constexpr std::size_t kMemoryBytes = kTablesPlace + kSlots * kTableBytes;

  // `memory`: kMemoryBytes, page-aligned. `port`: the one to be used; none: the first with a disk.
  Adapter(ddk::Registers& registers, const ddk::DmaRegion& memory, std::optional<unsigned> port, std::uint64_t (*now_ns)())
      : registers_(registers), memory_(memory), port_(port), now_ns_(now_ns) {}

  // From whatever it does now to a port whose disk is ready for commands. The second time the port alone is reset, when
  // that suffices.
  [[nodiscard]] std::expected<Identity, std::string_view> bring_up();
  // After a command alone had failed (AHCI 6.2.2.1): others may be given.
  [[nodiscard]] Done restart();

  // Writes the slot's command; nobody is told yet.
  void prepare(std::size_t slot, const Frame& frame, std::span<const ddk::DmaRange> data, bool to_disk);
  void issue(std::uint32_t queued, std::uint32_t alone);
  // Commands that the port still has.
  [[nodiscard]] std::uint32_t pending() { return port_read(kIssueAt) | port_read(kActiveAt); }
  // What happened since the last time, which is forgotten.
  [[nodiscard]] std::uint32_t take_events();
  [[nodiscard]] std::uint32_t task_file() { return port_read(kTaskFileAt); }
  // How many bytes the adapter moved for a command alone.
  [[nodiscard]] std::uint32_t moved_bytes(std::size_t slot) const;
  [[nodiscard]] ddk::DmaRegion trim_list() const { return memory_.part(kTrimPlace, kTrimEntries * sizeof(std::uint64_t)); }

  [[nodiscard]] std::size_t slots() const { return slots_; }
  [[nodiscard]] bool has_queues() const { return has_queues_; }
  [[nodiscard]] bool gone() { return registers_.read(kControlAt) == kNobody; }
  // A port with a disk was found.
  [[nodiscard]] std::optional<unsigned> port() const { return port_; }

 private:
  [[nodiscard]] std::uint32_t port_read(std::size_t offset) { return registers_.read(kPortAt + *port_ * kPortBytes + offset); }
  void port_write(std::size_t offset, std::uint32_t value) { registers_.write(kPortAt + *port_ * kPortBytes + offset, value); }
  void port_write64(std::size_t offset, std::uint64_t value) { registers_.write64(kPortAt + *port_ * kPortBytes + offset, value); }
  template <typename Condition>
  [[nodiscard]] bool wait(std::uint64_t patience_ns, Condition condition) {
    return ddk::wait_for(registers_, now_ns_, patience_ns, condition);
  }

  void take_from_firmware();
  [[nodiscard]] Done reset();
  // Makes port_ the one to be used.
  [[nodiscard]] Done find_port();
  [[nodiscard]] bool link_up() { return (port_read(kLinkAt) & kLinkMask) == kLinkUp; }
  // The port can be told of the memory, and hears its disk.
  [[nodiscard]] Done listen();
  [[nodiscard]] Done stop();
  [[nodiscard]] Done reset_link();
  [[nodiscard]] Done start();
  [[nodiscard]] std::expected<Identity, std::string_view> identify();

  ddk::Registers& registers_;
  ddk::DmaRegion memory_;
  std::optional<unsigned> port_;
  std::uint64_t (*now_ns_)();
  std::size_t slots_ = 0;
  bool has_queues_ = false;
  bool found_ = false;  // port_ was in use before
};

}  // namespace tessera::ahci
