// SPDX-License-Identifier: Apache-2.0
#include "components/drivers/virtio_blk/program.hpp"

#include "lib/rt/log.hpp"

namespace tessera::virtio_blk {

std::expected<void, std::string_view> Program::init(ddk::Driver& at) {
  configure(at);
  device_ = ddk::VirtioPci::open(at.start());
  const auto memory = at.memory();
  if (!device_ || !memory) {
    rt::log("there is no disk");
    return {};
  }
  if (memory->bytes().size() < Disk::kMemoryBytes) return std::unexpected("too little memory for DMA was granted");
  interrupt_ = at.interrupt();
  if (interrupt_.message && !device_->set_message(interrupt_.message->address, interrupt_.message->data)) interrupt_.message.reset();
  disk_.emplace(*device_, *memory, at.executor(), at.conditions());
  if (const auto begun = disk_->begin(); !begun) return begun;
  set_disk(*disk_);
  return {};
}

void Program::serve(rt::Scope& tasks) {
  if (disk_) ddk::attend_to(tasks, disk_->requests(), interrupt_);
}

}  // namespace tessera::virtio_blk
