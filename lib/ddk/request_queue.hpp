// SPDX-License-Identifier: Apache-2.0
// Requests of a virtqueue as tasks: each ends with what the device said.
//
// The device is not trusted with more than its data. One that does not answer in time, breaks the rules or says
// that it is broken is reset, and what it had is asked again, a bounded number of times; one that is reset again
// and again without being done with anything in between is given up: failed(). Then nothing is answered any more,
// because the device may still be at work, and the driver should end with a failure: its next life gets all of it again.
//
// Needs no nucleus: tests run it on any TaskLoop against ddk::simulator.
#pragma once

#include <array>
#include <string_view>

#include "lib/ddk/virtio_device.hpp"
#include "lib/rt/signal.hpp"
#include "lib/rt/task.hpp"
#include "lib/rt/task_loop.hpp"

namespace tessera::ddk {

// One request, in the frame of who makes it.
class DeviceRequest {
 public:
  // The chain, read or copied before anything else happens. `own`: memory of the request's slot, for headers and the like.
  virtual std::span<const Virtqueue::Part> parts(const DmaRegion& own) = 0;
  // The device is done, and says that it wrote so many bytes. False: what it says makes no sense.
  virtual bool answered(const DmaRegion& own, std::uint32_t written) = 0;

 protected:
  ~DeviceRequest() = default;
};

// Brings the device up, reset first of all, up to go().
class DeviceStart {
 public:
  virtual std::expected<Virtqueue, std::string_view> bring_up() = 0;

 protected:
  ~DeviceStart() = default;
};

struct Conditions {
  std::uint64_t answer_ns = 30'000'000'000;  // how long the device may take
  unsigned attempts = 3;                     // of a request whose device was reset
  unsigned resets = 5;                       // most in a row
  std::uint64_t (*now_ns)() = nullptr;
  void (*note)(std::string_view what) = nullptr;  // for the log
};

class RequestQueue {
 public:
  static constexpr std::size_t kMostRequests = 128;
  enum class End : std::uint8_t {
    answered,
    exhausted,  // the device was reset at each attempt
    cancelled,  // the driver ends; the device may still have it
  };

  // Queue `number` of the device; `own`: memory for kMostRequests slots.
  RequestQueue(VirtioDevice& device, std::uint16_t number, DeviceStart& start, const DmaRegion& own, rt::TaskLoop& loop, const Conditions& conditions)
      : device_(device), number_(number), start_(start), own_(own), loop_(loop), conditions_(conditions) {}

  // Brings the device up. Then the three tasks below must run while requests are made.
  [[nodiscard]] std::expected<void, std::string_view> begin();

  // Waits for room where there is none.
  rt::Task<End> run(DeviceRequest& request);

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
  [[nodiscard]] std::size_t under_way() const { return queue_.outstanding(); }

 private:
  enum class State : std::uint8_t { free, under_way, answered, again };
  struct Slot {
    State state = State::free;
    std::uint32_t written = 0;  // so the device says
    std::uint64_t deadline_ns = 0;
    rt::Signal ended;
  };

  // The next attempt. None: it is to be made again.
  rt::Task<std::optional<End>> attempt(DeviceRequest& request);
  [[nodiscard]] Slot* offer(DeviceRequest& request);
  [[nodiscard]] DmaRegion own(std::size_t slot) const { return own_.part(slot * (own_.size() / kMostRequests), own_.size() / kMostRequests); }
  [[nodiscard]] std::size_t number_of(const Slot& slot) const { return static_cast<std::size_t>(&slot - &slots_.front()); }
  // Takes what there is. False: the device broke the rules.
  [[nodiscard]] bool drain();
  void recover(std::string_view why);
  void give_up(std::string_view why);

  VirtioDevice& device_;
  std::uint16_t number_;
  DeviceStart& start_;
  DmaRegion own_;
  rt::TaskLoop& loop_;
  Conditions conditions_;
  Virtqueue queue_;
  std::array<Slot, kMostRequests> slots_{};
  rt::Signal room_, offered_, busy_, failure_;
  unsigned resets_in_row_ = 0;
  bool failed_ = false;
};

}  // namespace tessera::ddk
