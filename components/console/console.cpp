// SPDX-License-Identifier: Apache-2.0
// Picks the device and runs its driver.
#include <abi/nucleus.client.hpp>

#include "components/console/uart.hpp"
#include "components/console/virtio_console.hpp"
#include "lib/rt/component.hpp"
#include "lib/rt/log.hpp"
#include "lib/rt/panic.hpp"

namespace tessera::console {

namespace {

rt::Task<> serve_virtio(rt::Executor& executor, const rt::Start& start, VirtioConsole& console, bool interrupts) {
  Signals signals;
  rt::Scope scope;
  scope.spawn(watch_ring(executor, signals));
  if (interrupts) scope.spawn(watch_interrupt(executor, signals, 0));
  else scope.spawn(watch_clock(executor, signals));
  scope.spawn(console.receive(signals.receive));
  scope.spawn(console.transmit(signals.transmit));
  start.ready();
  co_await scope.join();
}

rt::Task<> serve_uart(rt::Executor& executor, const rt::Start& start, Uart& uart, rt::Handle interrupt) {
  Signals signals;
  rt::Scope scope;
  scope.spawn(watch_ring(executor, signals));
  if (interrupt != 0) scope.spawn(watch_interrupt(executor, signals, interrupt));
  else scope.spawn(watch_clock(executor, signals));
  scope.spawn(uart.receive(signals.receive));
  scope.spawn(uart.transmit(signals.transmit, interrupt != 0));
  start.ready();
  co_await scope.join();
}

// Returns only when there is no such device or it does not work.
void try_virtio(const rt::Start& start, Link& link, rt::Executor& executor) {
  const auto device = VirtioPci::open(start);
  const auto memory = start.grant("dma", abi::ObjectType::memory);
  if (!device || !memory) return;
  const auto interrupt = start.grant("device.interrupt", abi::ObjectType::interrupt);
  const bool interrupts = interrupt && link.bind(interrupt->handle) && device->set_message(interrupt->address, interrupt->extra);
  VirtioConsole console(*device, link, *memory);
  if (const auto begun = console.begin(interrupts); !begun) {
    rt::log("console: the virtio device is not used: {}", begun.error());
    return;
  }
  link.channel.out.set_mode(ring::LinkMode::framed);
  executor.run(serve_virtio(executor, start, console, interrupts));
}

void try_uart(const rt::Start& start, Link& link, rt::Executor& executor) {
  const auto ports = start.grant("ports.0", abi::ObjectType::io_ports);
  if (!ports || ports->bytes < 8) return;
  const auto interrupt = start.grant("interrupt.0", abi::ObjectType::interrupt);
  const rt::Handle bound = interrupt && link.bind(interrupt->handle) ? interrupt->handle : 0;
  Uart uart(ports->handle, ports->address, link);
  if (!uart.begin(bound != 0)) return;
  link.channel.out.set_mode(ring::LinkMode::raw_terminal);
  executor.run(serve_uart(executor, start, uart, bound));
}

}  // namespace

}  // namespace tessera::console

int component_main(const tessera::rt::Start& start) {
  using namespace tessera;
  console::Link link = console::Link::open(start);
  rt::Executor executor(link.wake);
  console::try_virtio(start, link, executor);
  console::try_uart(start, link, executor);
  rt::panic("no link device: neither a virtio console nor a UART");
}
