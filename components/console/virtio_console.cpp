// SPDX-License-Identifier: Apache-2.0
#include "components/console/virtio_console.hpp"

#include <algorithm>
#include <cstring>

#include "lib/rt/log.hpp"

namespace tessera::console {

namespace {
constexpr std::uint16_t kControlReceiveQueue = 2, kControlTransmitQueue = 3, kReceiveQueue = 4, kTransmitQueue = 5;
constexpr std::uint64_t kMultiport = 1u << 1;
constexpr std::uint16_t kEntries = 64;
static_assert(ddk::Virtqueue::bytes_for(kEntries) <= VirtioConsole::kBufferBytes);
constexpr std::uint32_t kPort = 1;

// Control messages (5.3.6.2), and places for them in their page: first those the
// device writes, then those sent, each used once.
struct Control {
  std::uint32_t port = 0;
  std::uint16_t event = 0, value = 0;
};
constexpr std::uint16_t kDeviceReady = 0, kPortAdd = 1, kPortReady = 3, kPortOpen = 6;
constexpr std::size_t kControlBytes = 64;  // a name may follow the message
constexpr std::uint16_t kControlReceives = 16, kControlSends = 16;

// The queues have room for all that is ever in them.
void offer(ddk::Virtqueue& queue, std::uint16_t number, const ddk::DmaRegion& memory, std::size_t bytes, bool device_writes) {
  const ddk::Virtqueue::Part part{memory.address(), static_cast<std::uint32_t>(bytes), device_writes};
  (void)queue.offer(number, std::span(&part, 1));
}

}  // namespace

ddk::DmaRegion VirtioConsole::receive_buffer(std::uint16_t number) const {
  return memory_.part((kFirstBuffer + number) * kBufferBytes, kBufferBytes);
}

ddk::DmaRegion VirtioConsole::transmit_buffer(std::uint16_t number) const {
  return memory_.part((kFirstBuffer + kReceiveBuffers + number) * kBufferBytes, kBufferBytes);
}

void VirtioConsole::offer_receive(std::uint16_t buffer) { offer(receive_queue_, buffer, receive_buffer(buffer), kBufferBytes, true); }

ddk::DmaRegion VirtioConsole::control_slot(std::size_t number) const {
  return memory_.part(4 * kBufferBytes + number * kControlBytes, kControlBytes);
}

void VirtioConsole::send_control(std::uint32_t port, std::uint16_t event, std::uint16_t value) {
  if (control_sent_ == kControlSends) return;  // a device that adds its port again and again
  const ddk::DmaRegion slot = control_slot(kControlReceives + control_sent_);
  const Control message{port, event, value};
  std::memcpy(slot.bytes().first(sizeof message).data(), &message, sizeof message);
  offer(control_transmit_, control_sent_++, slot, sizeof message, false);
  device_.tell(kControlTransmitQueue);
}

// The port is opened when the device says that it is there; other messages are of no interest.
std::optional<bool> VirtioConsole::serve_control() {
  bool moved = false;
  for (;;) {
    const auto used = control_receive_.take();
    if (!used) return std::nullopt;
    if (!*used) break;
    const ddk::DmaRegion slot = control_slot((*used)->token);
    Control message;
    std::memcpy(&message, slot.bytes().first(sizeof message).data(), sizeof message);
    if (message.event == kPortAdd && message.port == kPort) {
      send_control(kPort, kPortReady, 1);
      send_control(kPort, kPortOpen, 1);
    }
    offer(control_receive_, (*used)->token, slot, kControlBytes, true);
    moved = true;
  }
  if (moved) device_.tell(kControlReceiveQueue);
  return moved;
}

std::expected<void, std::string_view> VirtioConsole::begin() {
  if (memory_.bytes().size() < kMemoryBytes) return std::unexpected("too little memory for DMA was granted");
  if (const auto done = device_.begin(kMultiport, kMultiport); !done) return std::unexpected(done.error());
  const auto make = [&](std::uint16_t queue, std::size_t page) {
    return device_.make_queue(queue, memory_.part(page * kBufferBytes, kBufferBytes), kEntries);
  };
  const auto control_receive = make(kControlReceiveQueue, 0), control_transmit = make(kControlTransmitQueue, 1);
  if (!control_receive || !control_transmit) return std::unexpected("it lacks a control queue");
  const auto receive = make(kReceiveQueue, 2);
  if (!receive) return std::unexpected(receive.error());
  const auto transmit = make(kTransmitQueue, 3);
  if (!transmit) return std::unexpected(transmit.error());
  control_receive_ = *control_receive;
  control_transmit_ = *control_transmit;
  if (control_receive_.entries() < kControlReceives || control_transmit_.entries() < kControlSends) return std::unexpected("its queues are too short");
  receive_queue_ = *receive;
  transmit_queue_ = *transmit;
  if (receive_queue_.entries() < kReceiveBuffers || transmit_queue_.entries() < kTransmitBuffers) return std::unexpected("its queues are too short");
  transmit_queue_.set_interrupts(false);
  device_.go();
  for (std::uint16_t buffer = 0; buffer < kReceiveBuffers; ++buffer) offer_receive(buffer);
  device_.tell(kReceiveQueue);
  for (std::uint16_t slot = 0; slot < kControlReceives; ++slot) {
    offer(control_receive_, slot, control_slot(slot), kControlBytes, true);
  }
  device_.tell(kControlReceiveQueue);
  send_control(0xffff'ffff, kDeviceReady, 1);
  return {};
}

std::optional<bool> VirtioConsole::collect_received() {
  bool moved = false;
  for (;;) {
    const auto used = receive_queue_.take();
    if (!used) return std::nullopt;
    if (!*used) return moved;
    pending_[(pending_first_ + pending_count_) % kReceiveBuffers] = {.buffer = (*used)->token, .done = 0, .bytes = (*used)->bytes};
    ++pending_count_;
    moved = true;
  }
}

std::optional<bool> VirtioConsole::pass_on_received() {
  bool moved = false, offered = false;
  while (pending_count_ > 0) {
    Pending& first = pending_[pending_first_];
    const auto rest = receive_buffer(first.buffer).bytes().subspan(first.done, first.bytes - first.done);
    const auto written = link_.channel.out.write(rest);
    if (!written) return std::nullopt;
    first.done += *written;
    moved = moved || *written > 0;
    if (first.done < first.bytes) break;
    offer_receive(first.buffer);
    offered = true;
    pending_first_ = (pending_first_ + 1) % kReceiveBuffers;
    --pending_count_;
  }
  if (offered && receive_queue_.wants_notice()) device_.tell(kReceiveQueue);
  if (moved && link_.channel.out.should_wake_reader()) link_.wake_peer();
  return moved || offered;
}

rt::Task<> VirtioConsole::receive(rt::Signal& signal) {
  for (;;) {
    const auto controlled = serve_control(), collected = collect_received(), passed = pass_on_received();
    if (!controlled || !collected || !passed) break;
    if (*collected || *passed) continue;
    if (pending_count_ > 0) {
      // The channel is full: the peer wakes this side when there is room again.
      link_.channel.out.prepare_sleep();
      if (link_.channel.out.writable().value_or(0) > 0) continue;
    }
    if (!co_await signal.wait()) co_return;
    link_.channel.out.awake();
  }
  rt::log("console: input stopped: device or peer break the rules");
}

std::optional<bool> VirtioConsole::collect_transmitted() {
  bool moved = false;
  for (;;) {
    const auto used = transmit_queue_.take();
    if (!used) return std::nullopt;
    if (!*used) break;
    sent_[(*used)->token] = true;
  }
  while (transmit_count_ > 0 && sent_[transmit_first_]) {
    sent_[transmit_first_] = false;
    link_.channel.in.release(in_flight_bytes_[transmit_first_]);
    transmit_first_ = (transmit_first_ + 1) % kTransmitBuffers;
    --transmit_count_;
    moved = true;
  }
  if (moved && link_.channel.in.should_wake_writer()) link_.wake_peer();
  return moved;
}

std::optional<bool> VirtioConsole::fill_transmit() {
  bool offered = false;
  while (transmit_count_ < kTransmitBuffers) {
    const auto number = static_cast<std::uint16_t>((transmit_first_ + transmit_count_) % kTransmitBuffers);
    const ddk::DmaRegion buffer = transmit_buffer(number);
    const auto bytes = link_.channel.in.take(buffer.bytes());
    if (!bytes) return std::nullopt;
    if (*bytes == 0) break;
    in_flight_bytes_[number] = *bytes;
    ++transmit_count_;
    offer(transmit_queue_, number, buffer, *bytes, false);
    offered = true;
  }
  if (offered && transmit_queue_.wants_notice()) device_.tell(kTransmitQueue);
  return offered;
}

// The device is mostly done by the time it has been told: interrupts are asked for
// only when there is nothing left to do but wait for it.
rt::Task<> VirtioConsole::transmit(rt::Signal& signal) {
  for (;;) {
    const auto filled = fill_transmit(), collected = collect_transmitted();
    if (!filled || !collected) break;
    if (*filled || *collected) continue;
    transmit_queue_.set_interrupts(transmit_count_ > 0);
    link_.channel.in.prepare_sleep();
    const auto late = collect_transmitted();
    const auto readable = link_.channel.in.readable();
    if (!late || !readable) break;
    if (!*late && (*readable == 0 || transmit_count_ == kTransmitBuffers) && !co_await signal.wait()) co_return;
    transmit_queue_.set_interrupts(false);
    link_.channel.in.awake();
  }
  rt::log("console: output stopped: device or peer break the rules");
}

}  // namespace tessera::console
