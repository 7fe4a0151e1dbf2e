// SPDX-License-Identifier: Apache-2.0
// Tells the hypervisor when the system has failed: see README.md.
#include <abi/nucleus.client.hpp>

#include "components/drivers/pvpanic/pvpanic.hpp"
#include "lib/ddk/pci_function.hpp"
#include "lib/rt/component.hpp"
#include "lib/rt/log.hpp"
#include "lib/rt/panic.hpp"
#include "lib/rt/system_call.hpp"

namespace {

using namespace tessera;

class InWindow final : public pvpanic::EventByte {
 public:
  explicit InWindow(const rt::Mmio& window) : window_(window) {}
  [[nodiscard]] std::uint8_t read() override { return window_.read_at<std::uint8_t>(0); }
  void write(std::uint8_t value) override { window_.write_at<std::uint8_t>(0, value); }

 private:
  rt::Mmio window_;
};

class AtPort final : public pvpanic::EventByte {
 public:
  AtPort(rt::Handle ports, std::uint64_t port) : ports_(ports), port_(port) {}
  [[nodiscard]] std::uint8_t read() override { return static_cast<std::uint8_t>(abi::io_ports_read(ports_, port_, 1).value_or(0xff)); }
  void write(std::uint8_t value) override { (void)abi::io_ports_write(ports_, port_, 1, value); }

 private:
  rt::Handle ports_;
  std::uint64_t port_;
};

bool tell(const rt::Start& start) {
  if (const rt::Mmio window = ddk::PciFunction(start).bar(0); window.size() != 0) {
    InWindow device(window);
    return pvpanic::tell_panicked(device);
  }
  const auto ports = start.grant("ports.0", abi::ObjectType::io_ports);
  if (!ports) return false;
  AtPort device(ports->handle, ports->address);
  return pvpanic::tell_panicked(device);
}

}  // namespace

int component_main(const rt::Start& start) {
  const auto failure = start.grant("failure", abi::ObjectType::notification), told = start.grant("failure.told", abi::ObjectType::notification);
  if (!failure || !told) rt::panic("the grant 'failure' is missing");
  start.ready();
  for (;;) {
    if (!rt::wait_notification(failure->handle)) continue;
    rt::log("{}", tell(start) ? "the hypervisor was told" : "there is nobody to tell");
    (void)rt::notify(told->handle);
  }
}
