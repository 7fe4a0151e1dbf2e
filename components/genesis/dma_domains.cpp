// SPDX-License-Identifier: Apache-2.0
#include "components/genesis/dma_domains.hpp"

#include <abi/nucleus.client.hpp>
#include <algorithm>

#include "components/genesis/boot.hpp"
#include "components/genesis/own.hpp"
#include "lib/rt/log.hpp"

namespace tessera::genesis {

namespace {

constexpr std::uint64_t kReadWrite = abi::kRightRead | abi::kRightWrite;
constexpr unsigned kDomainBits = 13;  // of the object
constexpr unsigned kTablesBits = 16;  // that a domain is given at a time

// More tables as they are needed: how many that is depends on what pages the IOMMU has.
class Filler {
 public:
  explicit Filler(Handle domain) : domain_(domain) {}

  void attach(Handle memory) {
    if (error_ != abi::Error::ok) return;
    auto done = abi::dma_domain_attach(domain_, memory, kReadWrite);
    while (!done && done.error() == abi::Error::no_page_tables && donate()) done = abi::dma_domain_attach(domain_, memory, kReadWrite);
    if (!done) error_ = done.error();
  }
  // A device needs tables as well.
  bool donate() {
    const auto untyped = store().take(kTablesBits);
    return untyped && abi::dma_domain_donate(domain_, *untyped).has_value();
  }
  [[nodiscard]] abi::Error error() const { return error_; }

 private:
  Handle domain_;
  abi::Error error_ = abi::Error::ok;
};

// 0: there is no memory for it.
Handle new_domain() {
  const auto memory = store().take(kDomainBits);
  const auto domain = memory ? make_from(*memory, abi::ObjectType::dma_domain) : memory;
  if (!domain) return 0;
  (void)Filler(*domain).donate();
  return *domain;
}

// What give_grants tells addresses of.
void fill(Filler& filler, const Component& component, const Surroundings& around) {
  for (const Device& device : std::span(component.devices).first(component.device_count))
    if (device.dma != 0) filler.attach(device.dma);
  for (const Channel& channel : around.channels.all())
    if (std::ranges::contains(channel.ends, component.number - 1, &Channel::End::component)) filler.attach(channel.memory);
  std::string_view lines = component.what.lines;
  while (const auto line = format::take_line(lines)) {
    if (line->key != "member") continue;
    std::string_view rest = line->rest;
    if (const Pool* pool = around.pools.find(format::take_field(rest).value_or(""))) filler.attach(pool->memory);
  }
}

}  // namespace

bool dma_is_confined() {
  static constinit bool known = false, confined = false;
  if (known) return confined;
  known = true;
  const auto asked = abi::machine_take_dma_fault(boot().machine);
  confined = asked.has_value();
  if (!confined) rt::log("DMA is not confined: there is no IOMMU that can be used, so a driver with a device can reach all memory");
  return confined;
}

std::expected<void, std::string_view> make_domain(Component& component, const Surroundings& around) {
  const auto devices = std::span(component.devices).first(component.device_count);
  if (component.domain != 0 || std::ranges::none_of(devices, &Device::on_pci) || !dma_is_confined()) return {};
  component.domain = new_domain();
  if (component.domain == 0) return std::unexpected("no memory for the domain of its devices");
  Filler filler(component.domain);
  fill(filler, component, around);
  if (filler.error() != abi::Error::ok) return std::unexpected(abi::name(filler.error()));
  return {};
}

void put_into_domain(const Component& component, const Device& device) {
  if (component.domain == 0 || !device.on_pci()) return;
  if (!device.dma_number) return rt::log("{}: a device is behind no IOMMU: it can reach all memory", component.what.name);
  const auto done = abi::machine_assign_device(boot().machine, *device.dma_number, component.domain);
  if (!done) rt::log("{}: its device {:#x} reaches no memory: {}", component.what.name, *device.dma_number, done.error());
}

void take_out_of_domain(const Device& device) {
  if (!device.dma_number || !dma_is_confined()) return;
  (void)abi::machine_assign_device(boot().machine, *device.dma_number, 0);
}

bool put_into_own_domain(Device& device) {
  if (!device.on_pci() || !device.dma_number || !dma_is_confined()) return true;
  if (device.own_domain == 0) {
    device.own_domain = new_domain();
    if (device.own_domain == 0) return false;
  }
  // What it had the last time went with the memory, which was revoked; it may be there still.
  Filler filler(device.own_domain);
  if (device.dma != 0) filler.attach(device.dma);
  if (filler.error() != abi::Error::ok && filler.error() != abi::Error::overlap) return false;
  return abi::machine_assign_device(boot().machine, *device.dma_number, device.own_domain).has_value();
}

}  // namespace tessera::genesis
