// SPDX-License-Identifier: Apache-2.0
// Requests of a device as tasks: each ends with what the device said. What the device's queue looks like is a
// SlotDevice's: a virtqueue (request_queue.hpp), or a driver's own.
//
// The device is not trusted with more than its data. One that does not answer in time, breaks the rules or says
// that it is broken is reset, and what it had is asked again, a bounded number of times; one that is reset again
// and again without being done with anything in between is given up: failed(). Then nothing is answered any more,
// because the device may still be at work, and the driver should end with a failure: its next life gets all of it again.
//
// Needs no nucleus: tests run it on any TaskLoop.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

#include "lib/rt/signal.hpp"
#include "lib/rt/task.hpp"
#include "lib/rt/task_loop.hpp"

namespace tessera::ddk {

// One request, in the frame of who makes it.
class SlotRequest {
 public:
  // Puts itself before the device, under this number. False: there is no room now.
  virtual bool offer(std::size_t slot) = 0;
  // The device is done with it, and says that. False: it makes no sense.
  virtual bool done(std::size_t slot, std::uint32_t said) = 0;

 protected:
  ~SlotRequest() = default;
};

class SlotDevice {
 public:
  struct Answer {
    std::size_t slot = 0;
    std::uint32_t said = 0;
  };
  // Brings the device up, reset first of all: afterwards it has no request.
  virtual std::expected<void, std::string_view> bring_up() = 0;
  // The next request that it is done with. An error: why it must be reset.
  virtual std::expected<std::optional<Answer>, std::string_view> take() = 0;
  // Interrupts are wanted; when not, somebody looks anyway.
  virtual void set_interrupts(bool wanted) = 0;
  // Tells the device of what was offered since the last time.
  virtual void announce() = 0;
  // It says itself that it must be reset.
  virtual bool needs_reset() = 0;

 protected:
  ~SlotDevice() = default;
};

struct Conditions {
  std::uint64_t answer_ns = 30'000'000'000;  // how long the device may take
  unsigned attempts = 3;                     // of a request whose device was reset
  unsigned resets = 5;                       // most in a row
  std::uint64_t (*now_ns)() = nullptr;
  void (*note)(std::string_view what) = nullptr;  // for the log
};

class RequestSlots {
 public:
  static constexpr std::size_t kMostRequests = 128;
  enum class End : std::uint8_t {
    answered,
    exhausted,  // the device was reset at each attempt
    cancelled,  // the driver ends; the device may still have it
  };

  RequestSlots(SlotDevice& device, rt::TaskLoop& loop, const Conditions& conditions) : device_(device), loop_(loop), conditions_(conditions) {}

  // Brings the device up. Then the three tasks below must run while requests are made.
  [[nodiscard]] std::expected<void, std::string_view> begin() { return device_.bring_up(); }

  // Waits for room where there is none.
  rt::Task<End> run(SlotRequest& request);
  // Those that wait for room look again: it came otherwise than by an answer.
  void look_for_room() { room_.raise(); }

  // Until cancelled: takes what the device is done with, each time event `bit` of the loop happens (its interrupt).
  rt::Task<> attend(unsigned bit);
  // Tells the device of new requests, once for all of a turn.
  rt::Task<> tell();
  // Looks whether the device answers in time.
  rt::Task<> watch();

  [[nodiscard]] bool failed() const { return failed_; }
  // Raised when the device was given up.
  [[nodiscard]] rt::Signal& failure() { return failure_; }
  [[nodiscard]] rt::TaskLoop& loop() const { return loop_; }
  // Requests that the device has.
  [[nodiscard]] std::size_t under_way() const { return under_way_; }

 private:
  enum class State : std::uint8_t { free, under_way, answered, again };
  struct Slot {
    State state = State::free;
    std::uint32_t said = 0;
    std::uint64_t deadline_ns = 0;
    rt::Signal ended;
  };

  // The next attempt. None: it is to be made again.
  rt::Task<std::optional<End>> attempt(SlotRequest& request);
  [[nodiscard]] Slot* offer(SlotRequest& request);
  [[nodiscard]] std::size_t number_of(const Slot& slot) const { return static_cast<std::size_t>(&slot - &slots_.front()); }
  // Takes what there is; whether there was something. An error: why the device must be reset.
  [[nodiscard]] std::expected<bool, std::string_view> drain();
  void recover(std::string_view why);
  void give_up(std::string_view why);

  SlotDevice& device_;
  rt::TaskLoop& loop_;
  Conditions conditions_;
  std::array<Slot, kMostRequests> slots_{};
  std::size_t under_way_ = 0;
  rt::Signal room_, offered_, busy_, failure_;
  unsigned resets_in_row_ = 0;
  bool failed_ = false;
};

}  // namespace tessera::ddk
