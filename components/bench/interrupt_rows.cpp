// SPDX-License-Identifier: Apache-2.0
// From an interrupt to the component that waits for it. Another thread, less urgent and in
// another address space, does nothing but note the time; a row is the time from what it
// noted last to what the woken thread reads first, the median of many. The loop's own
// instructions, five at most, and the reader's are part of it, as in seL4's measure.
#include <abi/nucleus.client.hpp>
#include <algorithm>
#include <array>
#include <atomic>

#include "components/bench/loops.hpp"
#include "components/bench/measure.hpp"
#include "components/bench/peer.hpp"
#include "lib/rt/clock.hpp"
#include "lib/rt/raw_memory.hpp"
#include "lib/rt/system_call.hpp"

namespace tessera::bench {

using abi::ObjectType;
using rt::objects;

namespace {

constexpr std::uint64_t kTimes = 200, kWarmUp = 20;
constexpr std::uint64_t kAheadNs = 100'000;

// The real-time clock of a PC, MC146818A: its periodic interrupt, 1024 a second. Registers
// by an index port and a data port.
class PeriodicClock {
 public:
  PeriodicClock(const rt::Grant& ports, const rt::Grant& line, rt::Handle notification) : ports_(ports), line_(line.handle) {
    need(abi::interrupt_bind(line_, notification), "bind");
    write(kA, (read(kA) & 0xf0U) | 6U);
    write(kB, read(kB) | kPeriodic);
    acknowledge();
  }
  ~PeriodicClock() { write(kB, read(kB) & ~kPeriodic); }
  PeriodicClock(const PeriodicClock&) = delete;
  PeriodicClock& operator=(const PeriodicClock&) = delete;

  // Its next interrupt may come.
  void acknowledge() const {
    (void)read(kC);
    need(abi::interrupt_acknowledge(line_), "acknowledge");
  }

 private:
  static constexpr std::uint64_t kA = 10, kB = 11, kC = 12;
  static constexpr std::uint64_t kPeriodic = 1U << 6;
  [[nodiscard]] std::uint64_t read(std::uint64_t number) const {
    need(abi::io_ports_write(ports_.handle, ports_.address, 1, number), "port");
    return need(abi::io_ports_read(ports_.handle, ports_.address + 1, 1), "port");
  }
  void write(std::uint64_t number, std::uint64_t value) const {
    need(abi::io_ports_write(ports_.handle, ports_.address, 1, number), "port");
    need(abi::io_ports_write(ports_.handle, ports_.address + 1, 1, value), "port");
  }
  const rt::Grant& ports_;
  rt::Handle line_;
};

// `prepare`: something will raise the notification.
template <typename Prepare>
void run_row(std::string_view name, rt::Handle notification, Prepare prepare) {
  std::uint64_t& noted = peers().noted();
  std::array<std::uint64_t, kTimes> ticks{};
  for (std::uint64_t time = 0; time < kWarmUp + kTimes; ++time) {
    prepare();
    (void)need(rt::wait_notification(notification), "wait");
    const std::uint64_t now = rt::arch::read_counter();
    const std::uint64_t before = std::atomic_ref(noted).load(std::memory_order_relaxed);
    if (time >= kWarmUp) ticks.at(time - kWarmUp) = now - before;
  }
  std::ranges::sort(ticks, [](std::uint64_t a, std::uint64_t b) { return a < b; });
  report(name, 1, ticks.at(kTimes / 2));
}

}  // namespace

void run_interrupt_rows(const std::optional<rt::Grant>& ports, const std::optional<rt::Grant>& line) {
  const rt::Handle notification = need(objects().make(ObjectType::notification), "notification");
  const rt::Handle watcher = peers().start({.entry = &bench_peer_clock, .where = Where::other_space, .parameters = {.handle = Peers::kNotedThere}, .priority = 1});
  {
    const rt::Handle timer = need(objects().make(ObjectType::timer), "timer");
    need(abi::timer_bind(timer, notification), "bind");
    run_row("timer-to-waiter", notification, [&] { need(abi::timer_set(timer, rt::now_ns() + kAheadNs), "set"); });
  }
  if (ports && line) {
    const PeriodicClock clock(*ports, *line, notification);
    run_row("interrupt-to-waiter", notification, [&] { clock.acknowledge(); });
  }
  peers().end(watcher);
}

}  // namespace tessera::bench
