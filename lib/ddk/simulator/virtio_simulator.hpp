// SPDX-License-Identifier: Apache-2.0
// The device's side of virtio in memory of a host test: a driver's logic runs against it as it does against PCI.
//
// It does one thing a step() and under a seed: fetches a chain, or is done with one. It follows the rules of
// notices and interrupts to the letter, so that a driver that does not tell it waits forever; and it breaks
// whatever rules `faults` says. Mistakes of the driver are kept in complaints(). What kind of device it is says a Logic.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "lib/ddk/simulator/host_memory.hpp"
#include "lib/ddk/virtio_device.hpp"

namespace tessera::ddk::simulator {

// A request as the device sees it.
struct Chain {
  std::uint16_t queue = 0;
  std::uint16_t head = 0;
  std::vector<std::span<std::byte>> readable, writable;
};

[[nodiscard]] std::vector<std::byte> gather(const std::vector<std::span<std::byte>>& parts);
// Fills the parts in order; how many bytes went in.
std::uint32_t scatter(std::span<const std::byte> from, const std::vector<std::span<std::byte>>& parts);

class Logic {
 public:
  virtual ~Logic() = default;
  // Does what the chain asks for; bytes written.
  virtual std::uint32_t serve(const Chain& chain) = 0;
  virtual void reset() {}
};

// Chances in a thousand, each time it is done with a chain.
struct Faults {
  unsigned never = 0;    // it is not, and never will be
  unsigned lie = 0;      // it says something that makes no sense
  unsigned scribble = 0; // it writes anything anywhere into its part of the queue
  bool reorder = false;
  bool resets = true;    // false: it does not answer to a reset any more
};

class VirtioSimulator final : public VirtioDevice {
 public:
  VirtioSimulator(const HostMemory& memory, Logic& logic, std::uint64_t seed, std::uint64_t features)
      : memory_(memory), logic_(logic), random_(seed), has_(features | kVersion1) {}

  std::expected<std::uint64_t, std::string_view> begin(std::uint64_t wanted, std::uint64_t needed) override;
  std::expected<Virtqueue, std::string_view> make_queue(std::uint16_t number, const DmaRegion& memory, std::uint16_t most,
                                                        const Virtqueue::Features& features = {}, std::size_t table_parts = 0) override;
  void go() override { running_ = true; }
  void tell(std::uint16_t number) override;
  [[nodiscard]] bool reset() override;
  [[nodiscard]] bool needs_reset() override { return broken; }

  // One thing, if there is any to do.
  bool step();
  // Until there is nothing to do.
  void settle() {
    while (step()) {}
  }

  Faults faults;
  bool broken = false;                   // says that it needs a reset
  std::uint16_t entries = 256;           // of each queue
  std::vector<std::uint32_t> configured;  // its configuration
  std::function<void()> on_interrupt = [] {};

  [[nodiscard]] const std::vector<std::string>& complaints() const { return complaints_; }
  [[nodiscard]] std::size_t notices() const { return notices_; }
  [[nodiscard]] std::size_t interrupts() const { return interrupts_; }
  [[nodiscard]] std::size_t resets() const { return resets_; }
  [[nodiscard]] std::size_t lies() const { return lies_; }
  [[nodiscard]] std::size_t hung() const { return hung_; }
  [[nodiscard]] std::size_t served() const { return served_; }

 private:
  struct Queue {
    bool there = false;
    bool awake = false;  // it looks by itself
    std::uint16_t entries = 0, seen = 0, used = 0;
    std::uint64_t descriptors = 0, driver = 0, device = 0;
    std::deque<Chain> pending;
  };
  struct Descriptor {
    std::uint64_t address = 0;
    std::uint32_t bytes = 0;
    std::uint16_t flags = 0, next = 0;
  };

  std::uint8_t generation() override { return 0; }
  std::uint32_t configuration_word(std::size_t offset) override { return offset / 4 < configured.size() ? configured[offset / 4] : 0; }

  template <typename T>
  [[nodiscard]] T load(std::uint64_t address);
  template <typename T>
  void store(std::uint64_t address, T value);
  [[nodiscard]] bool chance(unsigned of_thousand) { return random_() % 1000 < of_thousand; }
  void complain(std::string what) { complaints_.push_back(std::move(what)); }
  [[nodiscard]] bool event_index() const { return (accepted_ & kEventIndex) != 0; }
  void want_notices(Queue& queue, bool wanted);
  bool fetch(Queue& queue, std::uint16_t number);
  [[nodiscard]] Chain walk(const Queue& queue, std::uint16_t number, std::uint16_t head);
  void add(Chain& chain, const Descriptor& descriptor);
  bool finish(Queue& queue);
  void report(Queue& queue, std::uint32_t id, std::uint32_t bytes, std::uint16_t ahead);
  void lie(Queue& queue);
  void scribble(Queue& queue);

  const HostMemory& memory_;
  Logic& logic_;
  std::mt19937_64 random_;
  std::uint64_t has_, accepted_ = 0;
  bool running_ = false;
  std::array<Queue, kMostQueues> queues_;
  std::vector<std::string> complaints_;
  std::size_t notices_ = 0, interrupts_ = 0, resets_ = 0, lies_ = 0, hung_ = 0, served_ = 0;
};

}  // namespace tessera::ddk::simulator
