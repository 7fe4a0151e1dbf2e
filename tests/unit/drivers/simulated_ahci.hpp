// SPDX-License-Identifier: Apache-2.0
// A SATA adapter with one disk in memory of a host test. It does one thing a step(), under a seed, keeps the rules to the
// letter and breaks those that `faults` says. Mistakes of the driver are kept in complaints().
#pragma once

#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "components/drivers/ahci/layout.hpp"
#include "lib/ddk/registers.hpp"
#include "lib/ddk/simulator/host_memory.hpp"

namespace tessera::test {

// Chances in a thousand, each time it is done with a command.
struct AhciFaults {
  unsigned fails = 0;          // it fails, and with it all that were queued
  unsigned never = 0;          // it is not done, and never will be
  unsigned shortens = 0;       // it moves less than was asked, and says that it is done (alone only)
  unsigned lie = 0;            // it is at work on what nobody asked
  unsigned unplug = 0;         // its link goes down, and comes up again
  bool resets = true;          // false: the adapter does not
  bool link_resets = true;     // false: the link does not come up again
  bool stops = true;           // false: the port does not
  std::optional<std::uint64_t> bad_sector;  // reads of it always fail
};

class SimulatedAhci final : public ddk::Registers {
 public:
  static constexpr unsigned kPort = 2;

  SimulatedAhci(const ddk::simulator::HostMemory& memory, std::size_t bytes, std::uint64_t seed, std::uint64_t& now);

  [[nodiscard]] std::size_t size() const override { return 0x1000; }
  [[nodiscard]] std::uint32_t read(std::size_t offset) override;
  void write(std::size_t offset, std::uint32_t value) override;
  void pause() override {
    now_ += 1'000'000;
    (void)step();
  }

  // One thing, if there is any to do.
  bool step();

  AhciFaults faults;
  std::vector<std::byte> content;
  std::vector<std::uint16_t> words;  // what the disk says of itself; the last one is made
  std::uint32_t capabilities = ahci::kWide | ahci::kQueues | 31u << 8 | 5;
  std::uint32_t signature = ahci::kDiskSignature;
  bool firmware_owns = false, gone = false, firmware_keeps = false;
  std::function<void()> on_interrupt = [] {};

  [[nodiscard]] const std::vector<std::string>& complaints() const { return complaints_; }
  std::size_t resets = 0, link_resets = 0, served = 0, queued = 0, failures = 0, hung = 0, lies = 0, flushes = 0, trims = 0, most_at_a_time = 0;

 private:
  struct Command {
    std::size_t slot = 0;
    ahci::Frame frame;
    ahci::Header header;
    std::vector<std::span<std::byte>> data;
    [[nodiscard]] bool is_queued() const { return frame.command == ahci::Kind::read_queued || frame.command == ahci::Kind::write_queued; }
  };

  void complain(std::string what) { complaints_.push_back(std::move(what)); }
  [[nodiscard]] bool chance(unsigned of_thousand) { return random_() % 1000 < of_thousand; }
  [[nodiscard]] std::span<std::byte> at(std::uint64_t address, std::size_t bytes, std::string_view what);
  void write_port(std::size_t offset, std::uint32_t value);
  void reset_port();
  void raise(std::uint32_t events);
  bool fetch();
  bool finish();
  void fail(const Command& command);
  [[nodiscard]] std::uint64_t sector_of(const ahci::Frame& frame) const;
  // How many bytes were moved; none: the disk refuses it.
  [[nodiscard]] std::optional<std::size_t> serve(const Command& command);
  [[nodiscard]] std::optional<std::size_t> transfer(const Command& command, std::size_t sectors, bool to_disk);

  const ddk::simulator::HostMemory& memory_;
  std::mt19937_64 random_;
  std::uint64_t& now_;
  std::uint32_t control_ = 0, handoff_ = 0, interrupts_ = 0;
  std::uint64_t list_ = 0, frames_ = 0;
  std::uint32_t port_interrupts_ = 0, enabled_ = 0, command_ = 0, task_ = 0x7f, link_ = ahci::kLinkUp, link_control_ = 0, active_ = 0, issued_ = 0;
  bool halted_ = false;      // until the port is started again
  bool in_error_ = false;    // of the queue, until the link is reset
  std::uint32_t fetched_ = 0;
  std::vector<Command> pending_;
  std::vector<std::byte> lost_ = std::vector<std::byte>(1 << 22);  // where what is no memory goes
  std::vector<std::string> complaints_;
};

}  // namespace tessera::test
