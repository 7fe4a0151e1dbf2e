// SPDX-License-Identifier: Apache-2.0
// The device's side of NVM Express in memory of a host test. It does one thing a step(), under a seed, keeps the rules to
// the letter and breaks those that `faults` says. Mistakes of the driver are kept in complaints().
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "components/drivers/nvme/layout.hpp"
#include "lib/ddk/registers.hpp"
#include "lib/ddk/simulator/host_memory.hpp"

namespace tessera::test {

// Chances in a thousand, each time it is done with a command.
struct NvmeFaults {
  unsigned fails = 0;       // it says that it failed, and that trying again may help
  unsigned never = 0;       // it is not done, and never will be
  unsigned lie = 0;         // it says something that makes no sense
  bool silent = false;      // it answers nothing at all, also not to commands of its own
  bool ready = true;        // false: it does not get ready
  bool stops = true;        // false: it does not reset
};

class SimulatedNvme final : public ddk::Registers {
 public:
  SimulatedNvme(const ddk::simulator::HostMemory& memory, std::size_t bytes, std::uint64_t seed, std::uint64_t& now)
      : content(bytes), memory_(memory), random_(seed), now_(now) {}

  [[nodiscard]] std::size_t size() const override { return window; }
  [[nodiscard]] std::uint32_t read(std::size_t offset) override;
  void write(std::size_t offset, std::uint32_t value) override;
  void pause() override {
    now_ += 10'000'000;
    (void)step();
  }

  // One thing, if there is any to do.
  bool step();

  NvmeFaults faults;
  std::vector<std::byte> content;
  // What it says of itself.
  std::size_t window = 0x2000;
  std::uint64_t capabilities = std::uint64_t{1} << 37 | std::uint64_t{20} << 24 | 1 << 16 | 63;
  std::uint32_t version = 0x1'0400, space = 7, shift = 9, metadata = 0, pairs = 4;
  std::uint8_t most_transfer = 0, protection = 0, cache = 1;
  std::uint16_t optional = nvme::kHasDataset;
  std::optional<std::uint64_t> sectors;  // other than content has
  bool broken = false;
  std::function<void(std::uint32_t vector)> on_interrupt = [](std::uint32_t) {};

  [[nodiscard]] const std::vector<std::string>& complaints() const { return complaints_; }
  std::size_t resets = 0, served = 0, failures = 0, hung = 0, lies = 0, flushes = 0, durable = 0, discards = 0, doorbells = 0;
  std::map<std::uint16_t, std::size_t> by_queue;
  std::optional<std::uint32_t> always;  // the status of all but its own commands

 private:
  struct Queue {
    bool submissions_there = false, completions_there = false, interrupts = false;
    std::uint64_t submissions = 0, completions = 0;
    std::uint32_t entries = 0, head = 0, tail = 0;       // of submissions
    std::uint32_t done = 0, taken = 0, phase = 1, vector = 0;  // of completions
    std::vector<nvme::Command> pending;
  };

  void complain(std::string what) { complaints_.push_back(std::move(what)); }
  [[nodiscard]] bool chance(unsigned of_thousand) { return random_() % 1000 < of_thousand; }
  [[nodiscard]] std::span<std::byte> at(std::uint64_t address, std::size_t bytes, std::string_view what);
  void reset();
  void ring(std::size_t number, bool completions, std::uint32_t value);
  bool fetch(Queue& queue);
  bool finish(Queue& queue, std::uint16_t number);
  void answer(Queue& queue, const nvme::Completion& completion);
  void lie(Queue& queue, std::uint16_t number, const nvme::Command& command);
  std::uint32_t serve_admin(const nvme::Command& command, std::uint32_t& result);
  void identify(const nvme::Command& command);
  std::uint32_t serve(const nvme::Command& command);
  [[nodiscard]] std::vector<std::span<std::byte>> data_of(const nvme::Command& command, std::size_t bytes);

  const ddk::simulator::HostMemory& memory_;
  std::mt19937_64 random_;
  std::uint64_t& now_;
  std::uint32_t configuration_ = 0, attributes_ = 0;
  std::uint64_t admin_submissions_ = 0, admin_completions_ = 0;
  bool ready_ = false;
  std::map<std::uint16_t, Queue> queues_;
  std::vector<std::byte> lost_ = std::vector<std::byte>(4096);  // where what is no memory goes
  std::vector<std::string> complaints_;
};

}  // namespace tessera::test
