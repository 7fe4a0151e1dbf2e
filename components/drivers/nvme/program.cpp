// SPDX-License-Identifier: Apache-2.0
#include "components/drivers/nvme/program.hpp"

#include <algorithm>

#include "lib/ddk/pci_function.hpp"
#include "lib/rt/log.hpp"

namespace tessera::nvme {

namespace {

// Into the function's table; how many there are. One without a table has one, which it knows already.
std::size_t set_messages(const ddk::PciFunction& function, const ddk::DeviceInterrupt& interrupt) {
  if (!interrupt.message) return 0;
  if (!function.place("msix")) return 1;
  const ddk::MsixTable table(function);
  if (!table.set(0, *interrupt.message)) return 0;
  std::size_t count = 1;
  for (const ddk::InterruptMessage& one : std::span(interrupt.more).first(interrupt.more_count)) {
    if (!table.set(count, one)) break;
    ++count;
  }
  return count;
}

}  // namespace

std::expected<void, std::string_view> Program::init(ddk::Driver& at) {
  configure(at);
  const ddk::PciFunction function(at.start());
  registers_ = ddk::MappedRegisters(function.bar(0));
  const auto memory = at.memory();
  if (registers_.size() < kDoorbellsAt || !memory) {
    rt::log("there is no disk");
    return {};
  }
  if (memory->bytes().size() < Disk::kMemoryBytes) return std::unexpected("too little memory for DMA was granted");
  Controller::Wishes wishes;
  wishes.pairs = std::clamp<std::uint64_t>(at.number("queues", 1), 1, Controller::kMostPairs);
  interrupt_ = at.interrupt(wishes.pairs);
  wishes.interrupts = set_messages(function, interrupt_);
  if (wishes.interrupts == 0) interrupt_.message.reset();
  disk_.emplace(registers_, *memory, wishes, at.executor(), at.conditions());
  if (const auto begun = disk_->begin(); !begun) return begun;
  set_disk(*disk_);
  if (wishes.pairs > 1) rt::log("{} queues, {} interrupts", disk_->queues(), wishes.interrupts);
  return {};
}

void Program::serve(rt::Scope& tasks) {
  if (disk_) ddk::attend_to(tasks, disk_->requests(), interrupt_);
}

}  // namespace tessera::nvme
