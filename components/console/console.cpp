// SPDX-License-Identifier: Apache-2.0
// Picks the device and runs its driver.
#include <abi/nucleus.client.hpp>
#include <abi/protocols/console.hpp>

#include "components/console/pl011.hpp"
#include "components/console/uart.hpp"
#include "components/console/virtio_console.hpp"
#include "lib/rt/component.hpp"
#include "lib/rt/format.hpp"
#include "lib/rt/log.hpp"
#include "lib/rt/panic.hpp"

namespace tessera::console {

namespace {

rt::Task<> serve_virtio(rt::Executor& executor, const rt::Start& start, VirtioConsole& console, bool interrupts) {
  Signals signals;
  rt::Scope scope(executor);
  scope.spawn(watch_ring(executor, signals));
  if (interrupts) scope.spawn(watch_interrupt(executor, signals, 0));
  else scope.spawn(watch_clock(executor, signals));
  scope.spawn(console.receive(signals.receive));
  scope.spawn(console.transmit(signals.transmit));
  start.ready();
  co_await scope.join();
}

rt::Task<> serve_serial(rt::Executor& executor, const rt::Start& start, Serial& serial, rt::Handle interrupt) {
  Signals signals;
  rt::Scope scope(executor);
  scope.spawn(watch_ring(executor, signals));
  if (interrupt != 0) scope.spawn(watch_interrupt(executor, signals, interrupt));
  else scope.spawn(watch_clock(executor, signals));
  scope.spawn(serial.receive(signals.receive));
  scope.spawn(serial.transmit(signals.transmit, interrupt != 0));
  start.ready();
  co_await scope.join();
}

// Returns only when there is no such device or it does not work.
void try_virtio(const rt::Start& start, Link& link, rt::Executor& executor) {
  auto device = ddk::VirtioPci::open(start);
  const auto grant = start.grant("dma", abi::ObjectType::memory);
  const auto memory = grant ? ddk::DmaRegion::of(*grant) : std::nullopt;
  if (!device || !memory) return;
  const auto interrupt = start.grant("device.interrupt", abi::ObjectType::interrupt);
  const bool interrupts = interrupt && link.bind(interrupt->handle) && device->set_message(interrupt->address, interrupt->extra);
  VirtioConsole console(*device, link, *memory);
  if (const auto begun = console.begin(); !begun) {
    rt::log("console: the virtio device is not used: {}", begun.error());
    return;
  }
  link.channel.out.set_mode(protocol::console::kModeFramed);
  executor.run(serve_virtio(executor, start, console, interrupts));
}

template <typename Port>
void try_serial(const rt::Start& start, Link& link, rt::Executor& executor, Port& port, const std::optional<rt::Grant>& interrupt) {
  const rt::Handle bound = interrupt && link.bind(interrupt->handle) ? interrupt->handle : 0;
  if (!port.begin(bound != 0)) return;
  Serial serial(port, link);
  link.channel.out.set_mode(protocol::console::kModeRawTerminal);
  executor.run(serve_serial(executor, start, serial, bound));
}

void try_uart(const rt::Start& start, Link& link, rt::Executor& executor) {
  const auto ports = start.grant("ports.0", abi::ObjectType::io_ports);
  if (!ports || ports->bytes < 8) return;
  Uart uart(ports->handle, ports->address);
  try_serial(start, link, executor, uart, start.grant("interrupt.0", abi::ObjectType::interrupt));
}

// The first device that genesis says is one.
void try_pl011(const rt::Start& start, Link& link, rt::Executor& executor) {
  for (const std::string_view device : {"device", "device1"}) {
    std::array<char, 32> name;
    if (start.config(rt::format_to(name, "{}.tree", device)) != "arm,pl011") continue;
    const auto registers = start.grant(rt::format_to(name, "{}.bar0", device), abi::ObjectType::memory);
    if (!registers) continue;
    Pl011 port{rt::Mmio(rt::bytes_of(*registers))};
    try_serial(start, link, executor, port, start.grant(rt::format_to(name, "{}.interrupt", device), abi::ObjectType::interrupt));
  }
}

}  // namespace

}  // namespace tessera::console

int component_main(const tessera::rt::Start& start) {
  using namespace tessera;
  console::Link link = console::Link::open(start);
  rt::Executor executor(link.wake);
  console::try_virtio(start, link, executor);
  console::try_uart(start, link, executor);
  console::try_pl011(start, link, executor);
  rt::panic("no link device: neither a virtio console nor a UART");
}
