// SPDX-License-Identifier: Apache-2.0
#include "components/drivers/ahci/program.hpp"

#include <algorithm>

#include "lib/ddk/pci_function.hpp"
#include "lib/rt/log.hpp"

namespace tessera::ahci {

std::expected<void, std::string_view> Program::init(ddk::Driver& at) {
  constexpr unsigned kWindow = 5;
  configure(at);
  const ddk::PciFunction function(at.start());
  registers_ = ddk::MappedRegisters(function.bar(kWindow));
  const auto memory = at.memory();
  if (registers_.size() < kPortAt + kPortBytes || !memory) {
    rt::log("there is no disk");
    return {};
  }
  if (memory->bytes().size() < Disk::kMemoryBytes) return std::unexpected("too little memory for DMA was granted");
  std::optional<unsigned> port;
  if (at.start().config("port")) port = static_cast<unsigned>(std::min<std::uint64_t>(at.number("port", 0), kMostPorts));
  // A function with a table of messages is told by its driver, another one knows.
  interrupt_ = at.interrupt();
  if (interrupt_.message && function.place("msix") && !ddk::MsixTable(function).set(0, *interrupt_.message)) interrupt_.message.reset();
  disk_.emplace(registers_, *memory, port, at.executor(), at.conditions());
  if (const auto begun = disk_->begin(); !begun) {
    if (begun.error() != kNoDisk) return begun;
    rt::log("there is no disk: {}", begun.error());
    disk_.reset();
    return {};
  }
  set_disk(*disk_);
  rt::log("at port {}, {} commands at a time", *disk_->port(), disk_->depth());
  return {};
}

void Program::serve(rt::Scope& tasks) {
  if (disk_) ddk::attend_to(tasks, disk_->requests(), interrupt_);
}

}  // namespace tessera::ahci
