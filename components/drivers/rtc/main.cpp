// SPDX-License-Identifier: Apache-2.0
// The time of day for the client of the channel `clock`: see README.md.
#include <abi/protocols/clock.hpp>

#include "lib/clock_chip/cmos_ports.hpp"
#include "lib/clock_chip/mc146818.hpp"
#include "lib/clock_chip/pl031.hpp"
#include "lib/ddk/driver.hpp"
#include "lib/ddk/mapped_registers.hpp"
#include "lib/ddk/pci_function.hpp"
#include "lib/rt/component.hpp"

namespace {

using namespace tessera;
namespace wire = protocol::clock;
using namespace clock_chip;

class Service {
 public:
  std::expected<void, std::string_view> init(ddk::Driver& at) {
    const auto ports = at.start().grant("ports.0", abi::ObjectType::io_ports);
    if (ports && ports->address == CmosPorts::kFirst && ports->bytes == 2) chip_ = &mc146818_.emplace(ports_.emplace(ports->handle));
    const rt::Mmio window = ddk::PciFunction(at.start()).bar(0);
    if (chip_ != nullptr || window.size() < Pl031::kBytes) return {};
    Pl031& one = pl031_.emplace(registers_.emplace(window));
    if (one.there()) chip_ = &one;
    return {};
  }
  void serve(rt::Scope&) {}  // nothing of its own: it never waits

  rt::Task<service::Outcome<wire::ReadRequest>> handle(const wire::ReadRequest&, service::Asked) {
    if (chip_ == nullptr) co_return std::unexpected(wire::Status::no_device);
    const auto seconds = chip_->read();
    if (!seconds) co_return std::unexpected(wire::Status::not_set);
    co_return service::Answered<wire::ReadRequest>{.results = {.seconds = *seconds}, .bytes = 0};
  }
  rt::Task<service::Outcome<wire::SetRequest>> handle(const wire::SetRequest& request, service::Asked) {
    if (chip_ == nullptr) co_return std::unexpected(wire::Status::no_device);
    if (!chip_->set(request.seconds)) co_return std::unexpected(wire::Status::invalid);
    co_return service::Answered<wire::SetRequest>{};
  }

 private:
  std::optional<CmosPorts> ports_;
  std::optional<Mc146818> mc146818_;
  std::optional<ddk::MappedRegisters> registers_;
  std::optional<Pl031> pl031_;
  ClockChip* chip_ = nullptr;  // none: this machine has neither
};

}  // namespace

int component_main(const rt::Start& start) { return ddk::run_driver<wire::Protocol, Service>(start, "clock"); }
