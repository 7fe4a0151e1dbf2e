// SPDX-License-Identifier: Apache-2.0
#include "interrupts.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "arch.hpp"
#include "clock.hpp"
#include "controller.hpp"
#include "kernel/object/interrupt.hpp"
#include "kernel/sched/scheduler.hpp"
#include "messages.hpp"

namespace tessera::nucleus::arch {

// A source is the number of one of the lines that cores share (SPI), or a message of a device. Lines are taken as
// levels; what comes while one is masked stays pending. Another polarity than high is the wiring's matter.
static std::array<Interrupt*, kInterrupts> by_number;
static std::array<Interrupt*, kMessages> by_message;

static bool is_message(const Interrupt& interrupt) { return interrupt.source >= abi::kMessageSignalled; }
static std::uint64_t device_of(std::uint64_t source) { return source - abi::kMessageSignalled; }

static std::expected<InterruptRoute, abi::Error> allocate_line_of_frame() {
  const auto all = std::span(by_number).subspan(message_lines().first, message_lines().count);
  const auto free = std::ranges::find(all, nullptr);
  if (free == all.end()) return std::unexpected(abi::Error::no_memory);
  const auto number = static_cast<std::uint16_t>(message_lines().first + static_cast<std::uint32_t>(free - all.begin()));
  return InterruptRoute{number, message_address(), number};
}

static std::expected<InterruptRoute, abi::Error> allocate_message(std::uint64_t source) {
  if (message_lines().count != 0) return allocate_line_of_frame();
  const auto free = std::ranges::find(by_message, nullptr);
  if (free == by_message.end()) return std::unexpected(abi::Error::no_memory);
  const auto message = static_cast<std::uint32_t>(free - by_message.begin());
  if (!map_message(device_of(source), message)) return std::unexpected(abi::Error::unsupported);
  return InterruptRoute{static_cast<std::uint16_t>(kFirstMessage + message), message_address(), message};
}

std::expected<InterruptRoute, abi::Error> allocate_interrupt(std::uint64_t source, std::uint64_t) {
  if (source >= abi::kMessageSignalled) return allocate_message(source);
  if (source >= kInterrupts || !has_shared(kFirstShared + source)) return std::unexpected(abi::Error::bad_argument);
  if (by_number[kFirstShared + source] != nullptr) return std::unexpected(abi::Error::busy);
  return InterruptRoute{.vector = static_cast<std::uint16_t>(kFirstShared + source)};
}

void connect_interrupt(Interrupt& interrupt) {
  if (interrupt.vector >= kFirstMessage) {
    by_message[interrupt.vector - kFirstMessage] = &interrupt;
    return;
  }
  by_number[interrupt.vector] = &interrupt;
  route_shared(interrupt.vector, read_affinity(), (interrupt.flags & Interrupt::kPulses) != 0 || is_message(interrupt));
}

void release_interrupt(Interrupt& interrupt) {
  if (interrupt.vector >= kFirstMessage) {
    unmap_message(device_of(interrupt.source), interrupt.vector - kFirstMessage);
    by_message[interrupt.vector - kFirstMessage] = nullptr;
    return;
  }
  mask_shared(interrupt.vector);
  by_number[interrupt.vector] = nullptr;
}

void unmask_interrupt(const Interrupt& interrupt) {
  if (interrupt.vector < kFirstMessage) unmask_shared(interrupt.vector);
}

void mute_interrupt(const Interrupt& interrupt, bool muted) {
  if (interrupt.vector >= kFirstMessage) return enable_message(device_of(interrupt.source), interrupt.vector - kFirstMessage, !muted);
  muted ? mask_shared(interrupt.vector) : unmask_shared(interrupt.vector);
}

// None: nobody wants it.
static Interrupt* device_at(std::uint32_t number) {
  if (number < kFirstMessage) return by_number[number];
  return number - kFirstMessage < kMessages ? by_message[number - kFirstMessage] : nullptr;
}

// A line is masked until its driver has acknowledged; what comes meanwhile stays pending. Messages are not, in any way they come.
static const Interrupt* take_device(std::uint32_t number) NO_LOCK_ANALYSIS {
  Interrupt* const device = device_at(number);
  if (number < kFirstMessage && (device == nullptr || !is_message(*device))) mask_shared(number);
  end_interrupt(number);
  return device != nullptr && admit(*device) ? device : nullptr;
}

const Interrupt* handle_interrupts() NO_LOCK_ANALYSIS {
  for (std::uint32_t number = take_interrupt(); number < kInterrupts || number >= kFirstMessage; number = take_interrupt()) {
    if (number >= kFirstShared) {
      if (const Interrupt* device = take_device(number)) return device;
      continue;
    }
    if (number == timer_interrupt()) silence_timer();
    end_interrupt(number);
    if (number == timer_interrupt()) {
      handle_timer();
    } else if (number == kCoreInterrupt) {
      share_core();
      update_timer();
    }
  }
  return nullptr;
}

bool device_reserved(PhysAddr start, std::uint64_t bytes) { return controller_reserves(start, bytes); }

}  // namespace tessera::nucleus::arch
