// SPDX-License-Identifier: Apache-2.0
#include "interrupts.hpp"

#include <array>

#include "arch.hpp"
#include "clock.hpp"
#include "controller.hpp"
#include "kernel/object/timer.hpp"
#include "kernel/sched/scheduler.hpp"

namespace tessera::nucleus::arch {

// A source is the number of one of the lines that cores share (SPI). All are taken as levels; what comes while one
// is masked stays pending. Another polarity than high is the wiring's matter.
static constexpr std::uint64_t kMessageSignalled = ~std::uint64_t{0};

static std::array<Interrupt*, kInterrupts> by_number;

std::expected<InterruptRoute, abi::Error> allocate_interrupt(std::uint64_t source, std::uint64_t) {
  if (source == kMessageSignalled) return std::unexpected(abi::Error::unsupported);
  if (source >= kInterrupts || !has_shared(kFirstShared + source)) return std::unexpected(abi::Error::bad_argument);
  if (by_number[kFirstShared + source] != nullptr) return std::unexpected(abi::Error::busy);
  return InterruptRoute{.vector = static_cast<std::uint16_t>(kFirstShared + source)};
}

void connect_interrupt(Interrupt& interrupt) {
  by_number[interrupt.vector] = &interrupt;
  route_shared(interrupt.vector, read_affinity());
}

void release_interrupt(Interrupt& interrupt) {
  mask_shared(interrupt.vector);
  by_number[interrupt.vector] = nullptr;
}

void unmask_interrupt(const Interrupt& interrupt) { unmask_shared(interrupt.vector); }

static void handle_shared(std::uint32_t number) REQUIRES(object_lock) {
  mask_shared(number);  // until its driver has acknowledged; what comes meanwhile stays pending
  end_interrupt(number);
  if (const Interrupt* interrupt = by_number[number]) raise_target(interrupt->target);
}

void handle_interrupts() NO_LOCK_ANALYSIS {
  for (std::uint32_t number = take_interrupt(); number < kInterrupts; number = take_interrupt()) {
    if (number >= kFirstShared) {
      handle_shared(number);
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
}

bool device_reserved(PhysAddr start, std::uint64_t bytes) { return controller_reserves(start, bytes); }

}  // namespace tessera::nucleus::arch
