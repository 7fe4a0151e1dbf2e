// SPDX-License-Identifier: Apache-2.0
// Requests of a virtqueue as tasks: a virtio device to RequestSlots, which says what is done about one that is silent
// or breaks the rules.
#pragma once

#include "lib/ddk/request_slots.hpp"
#include "lib/ddk/virtio_device.hpp"

namespace tessera::ddk {

class RequestQueue;

// One request, in the frame of who makes it.
class DeviceRequest : private SlotRequest {
 public:
  // The chain, read or copied before anything else happens. `own`: memory of the request's slot, for headers and the like.
  virtual std::span<const Virtqueue::Part> parts(const DmaRegion& own) = 0;
  // The device is done, and says that it wrote so many bytes. False: what it says makes no sense.
  virtual bool answered(const DmaRegion& own, std::uint32_t written) = 0;

 protected:
  ~DeviceRequest() = default;

 private:
  friend class RequestQueue;
  bool offer(std::size_t slot) final;
  bool done(std::size_t slot, std::uint32_t said) final;
  RequestQueue* queue_ = nullptr;  // while it runs
};

// Brings the device up, reset first of all, up to go().
class DeviceStart {
 public:
  virtual std::expected<Virtqueue, std::string_view> bring_up() = 0;

 protected:
  ~DeviceStart() = default;
};

class RequestQueue final : private SlotDevice, public RequestSlots {
 public:
  // Queue `number` of the device; `own`: memory for kMostRequests slots.
  RequestQueue(VirtioDevice& device, std::uint16_t number, DeviceStart& start, const DmaRegion& own, rt::TaskLoop& loop, const Conditions& conditions)
      : RequestSlots(static_cast<SlotDevice&>(*this), loop, conditions), device_(device), number_(number), start_(start), own_(own) {}

  // Waits for room where there is none.
  rt::Task<End> run(DeviceRequest& request) {
    request.queue_ = this;
    return RequestSlots::run(request);
  }

 private:
  friend class DeviceRequest;
  std::expected<void, std::string_view> bring_up() override;
  std::expected<std::optional<Answer>, std::string_view> take() override;
  void set_interrupts(bool wanted) override { queue_.set_interrupts(wanted); }
  void announce() override {
    if (queue_.wants_notice()) device_.tell(number_);
  }
  bool needs_reset() override { return device_.needs_reset(); }
  [[nodiscard]] DmaRegion own(std::size_t slot) const { return own_.part(slot * (own_.size() / kMostRequests), own_.size() / kMostRequests); }

  VirtioDevice& device_;
  std::uint16_t number_;
  DeviceStart& start_;
  DmaRegion own_;
  Virtqueue queue_;
};

}  // namespace tessera::ddk
