// SPDX-License-Identifier: Apache-2.0
// Port 1 of a virtio console with several ports (virtio 1.1, 5.3). Port 0 would need
// no handshake, but QEMU drops what its host side does not take at once; other
// ports wait. Bytes go between the device and the channel unchanged.
//
// The DMA memory: a page of rings for each of four queues, a page of control
// messages, then 6 pages to receive into and 5 to transmit from. Bytes of the channel stay taken until the device has them:
// the peer can wait for that, and a driver that restarts loses none.
#pragma once

#include <array>

#include "components/console/link.hpp"
#include "lib/ddk/virtio_pci.hpp"

namespace tessera::console {

class VirtioConsole {
 public:
  static constexpr std::size_t kBufferBytes = 4096;
  static constexpr std::uint16_t kReceiveBuffers = 6, kTransmitBuffers = 5;
  static constexpr std::size_t kFirstBuffer = 5;  // pages before the data buffers
  static constexpr std::size_t kMemoryBytes = (kFirstBuffer + kReceiveBuffers + kTransmitBuffers) * kBufferBytes;

  VirtioConsole(const ddk::VirtioPci& device, Link& link, const ddk::DmaRegion& memory) : device_(device), link_(link), memory_(memory) {}

  // Brings the device up.
  [[nodiscard]] std::expected<void, std::string_view> begin();

  // The two directions; each ends only when device or peer break the rules.
  rt::Task<> receive(rt::Signal& signal);
  rt::Task<> transmit(rt::Signal& signal);

 private:
  struct Pending {  // received, on its way into the channel
    std::uint16_t buffer = 0;
    std::size_t done = 0;
    std::size_t bytes = 0;
  };

  [[nodiscard]] ddk::DmaRegion receive_buffer(std::uint16_t number) const;
  [[nodiscard]] ddk::DmaRegion transmit_buffer(std::uint16_t number) const;
  void offer_receive(std::uint16_t buffer);
  [[nodiscard]] ddk::DmaRegion control_slot(std::size_t number) const;
  void send_control(std::uint32_t port, std::uint16_t event, std::uint16_t value);

  // Each answers whether anything moved; nothing: the rules are broken.
  [[nodiscard]] std::optional<bool> serve_control();
  [[nodiscard]] std::optional<bool> collect_received();
  [[nodiscard]] std::optional<bool> pass_on_received();
  [[nodiscard]] std::optional<bool> collect_transmitted();
  [[nodiscard]] std::optional<bool> fill_transmit();

  ddk::VirtioPci device_;
  Link& link_;
  ddk::DmaRegion memory_;
  ddk::Virtqueue control_receive_, control_transmit_, receive_queue_, transmit_queue_;
  std::uint16_t control_sent_ = 0;

  std::array<Pending, kReceiveBuffers> pending_{};  // a queue: first_ and count_
  std::size_t pending_first_ = 0, pending_count_ = 0;

  // Transmit buffers are used in turn; they are given back to the channel in that order.
  std::array<std::size_t, kTransmitBuffers> in_flight_bytes_{};
  std::array<bool, kTransmitBuffers> sent_{};
  std::size_t transmit_first_ = 0, transmit_count_ = 0;
};

}  // namespace tessera::console
