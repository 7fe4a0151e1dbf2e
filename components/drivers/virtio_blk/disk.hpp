// SPDX-License-Identifier: Apache-2.0
// A virtio block device as tasks use it: each request is a task that ends with what the device said. Data goes
// straight between the device and the addresses that the caller names.
//
// The device is not trusted with more than its data. One that does not answer in time, breaks the rules or says
// that it is broken is reset, and what it had is done again, a bounded number of times; one that is reset
// again and again without being done with anything in between is given up: failed(). Then no request is answered any
// more, and the driver should end with a failure: its next instance gets them again.
//
// Needs a VirtioDevice and a clock and runs on any TaskLoop: tests run it against ddk::simulator.
#pragma once

#include <array>
#include <expected>
#include <string_view>

#include "components/drivers/virtio_blk/layout.hpp"
#include "lib/ddk/virtio_device.hpp"
#include "lib/rt/signal.hpp"
#include "lib/rt/task.hpp"
#include "lib/rt/task_loop.hpp"

namespace tessera::virtio_blk {

enum class Error : std::uint8_t {
  io,           // the device says so, or did not do it after all attempts
  unsupported,  // so it says
  gone,         // this driver ends
};
using Status = std::expected<void, Error>;

struct Facts {
  std::uint64_t bytes = 0;
  std::uint32_t sector_bytes = 512;
  std::uint32_t most_bytes = 0;   // of a transfer
  std::uint32_t most_pieces = 0;
  bool read_only = false;
  bool can_flush = false;  // else there is no volatile cache
  bool can_discard = false;
  bool operator==(const Facts&) const = default;
};

// A stretch of memory as the device sees it.
struct DmaRange {
  std::uint64_t address = 0;
  std::uint32_t bytes = 0;
};

struct Conditions {
  std::uint64_t answer_ns = 30'000'000'000;  // how long the device may take
  unsigned attempts = 3;                     // of a request whose device was reset
  unsigned resets = 5;                       // most in a row
  std::uint64_t (*now_ns)() = nullptr;
  void (*note)(std::string_view what) = nullptr;  // for the log
};

class Disk {
 public:
  static constexpr std::size_t kMostPieces = 64, kMostRequests = 128;
  // Of the memory for rings and requests.
  static constexpr std::size_t kSlotBytes = 64, kTableParts = kMostPieces + 2;
  static constexpr std::size_t kRingBytes = ddk::Virtqueue::bytes_for(kMostRequests, kTableParts);
  static constexpr std::size_t kMemoryBytes = kRingBytes + kMostRequests * kSlotBytes;

  Disk(ddk::VirtioDevice& device, const ddk::DmaRegion& memory, rt::TaskLoop& loop, const Conditions& conditions)
      : device_(device), memory_(memory), loop_(loop), conditions_(conditions) {}

  // Brings the device up. Then the three tasks below must run while requests are made.
  [[nodiscard]] std::expected<void, std::string_view> begin();
  // The same until the end.
  [[nodiscard]] const Facts& facts() const { return facts_; }

  // Whole sectors within the disk, at most most_bytes in 1 to most_pieces pieces; the caller has checked that. The
  // pieces must live until the answer, and their memory is the device's until then.
  rt::Task<Status> read(std::uint64_t offset, std::span<const DmaRange> to);
  rt::Task<Status> write(std::uint64_t offset, std::span<const DmaRange> from);
  rt::Task<Status> flush();
  rt::Task<Status> discard(std::uint64_t offset, std::uint64_t bytes);

  // Until cancelled: takes what the device is done with, each time event `bit` of the loop happens (its interrupt).
  rt::Task<> attend(unsigned bit);
  // Tells the device of new requests, once for all of a turn.
  rt::Task<> tell();
  // Looks whether the device answers in time.
  rt::Task<> watch();

  [[nodiscard]] bool failed() const { return failed_; }
  // Raised when it was given up.
  [[nodiscard]] rt::Signal& failure() { return failure_; }
  [[nodiscard]] std::size_t under_way() const { return queue_.outstanding(); }

 private:
  enum class State : std::uint8_t { free, under_way, answered, again };
  struct Slot {
    State state = State::free;
    std::uint8_t status = 0;       // the device's, when answered
    std::uint32_t written = 0;     // so it says
    std::uint64_t deadline_ns = 0;
    rt::Signal ended;
  };
  struct Request {
    Kind kind = Kind::read;
    std::uint64_t offset = 0;
    std::span<const DmaRange> data{};
    DiscardRange discard{};
  };

  [[nodiscard]] std::expected<Facts, std::string_view> bring_up();
  rt::Task<Status> run(Request request);
  rt::Task<Status> run_once(const Request& request, bool& again);
  [[nodiscard]] Slot* free_slot();
  [[nodiscard]] ddk::DmaRegion slot_memory(const Slot& slot) const;
  [[nodiscard]] bool offer(const Slot& slot, const Request& request);
  [[nodiscard]] static Status outcome(const Slot& slot, const Request& request);
  // Takes what there is. False: the device broke the rules.
  [[nodiscard]] bool drain();
  void recover(std::string_view why);
  void give_up(std::string_view why);

  ddk::VirtioDevice& device_;
  ddk::DmaRegion memory_;
  rt::TaskLoop& loop_;
  Conditions conditions_;
  Facts facts_;
  ddk::Virtqueue queue_;
  std::array<Slot, kMostRequests> slots_{};
  std::array<ddk::Virtqueue::Part, kTableParts> parts_{};  // of the request that is being offered
  std::uint64_t discard_most_ = 0;                         // units of one request
  rt::Signal room_, offered_, busy_, failure_;
  unsigned resets_in_row_ = 0;
  bool failed_ = false;
};

}  // namespace tessera::virtio_blk
