// SPDX-License-Identifier: Apache-2.0
// DmaDomain: the invocations, and the Machine's that are about devices and domains. Long
// ones are made again when they were preempted, and find out by themselves how far they are.
#include "kernel/object/dma_methods.hpp"

#include "kernel/iommu/devices.hpp"
#include "kernel/namespace/crossing.hpp"
#include "kernel/object/destroy.hpp"

namespace tessera::nucleus {

static Error attach(Invocation& call, DmaDomain& domain) REQUIRES(object_lock) {
  Thread& thread = call.thread;
  if (!thread.restarting_long()) {
    const auto memory = call.capability(0, ObjectType::memory, abi::kRightDma);
    if (!memory) return memory.error();
    if (call.argument(1) > 0xff) return Error::bad_argument;
    const auto number = domain.attach(**memory, static_cast<std::uint8_t>(call.argument(1)), {thread});
    if (!number) return number.error();
    thread.progress = 1 + *number;
    thread.progress_key = domain.root().value;
    thread.progress_epoch = domain.attachment(*number)->generation;
  }
  // Another may have ended it meanwhile.
  const auto number = static_cast<unsigned>(thread.progress - 1);
  const Slot* slot = domain.attachment(number);
  if (thread.progress_key != domain.root().value || slot == nullptr || slot->rights == 0 || slot->generation != thread.progress_epoch) {
    return Error::cancelled;
  }
  while (!domain.fill_step(number))
    if (call.preempt()) return Error::ok;
  call.result(0, number);
  thread.progress = thread.progress_key = 0;
  return Error::ok;
}

static Error detach(Invocation& call, DmaDomain& domain) REQUIRES(object_lock) {
  for (;;) {
    Slot* slot = domain.attachment(call.argument(0));
    // Gone after a restart means done.
    if (slot == nullptr) return call.thread.restarting_long() ? Error::ok : Error::no_attachment;
    call.thread.progress = 1;
    if (clear_step(*slot)) return Error::ok;
    if (call.preempt()) return Error::ok;
  }
}

static Error donate(Invocation& call, DmaDomain& domain) REQUIRES(object_lock) {
  const auto untyped = call.capability(0, ObjectType::untyped, abi::kRightManage);
  if (!untyped) return untyped.error();
  if (const auto done = domain.donate(**untyped, {call.thread}); !done) return done.error();
  call.result(0, domain.pool().free());
  return Error::ok;
}

Error invoke_dma_domain(Invocation& call) {
  auto& domain = *call.slot.as<DmaDomain>();
  const auto method = static_cast<abi::DmaDomainMethod>(call.method);
  if (method != abi::DmaDomainMethod::info && !call.slot.has(abi::kRightManage)) return Error::no_right;
  switch (method) {
    case abi::DmaDomainMethod::donate: return donate(call, domain);
    case abi::DmaDomainMethod::attach: return attach(call, domain);
    case abi::DmaDomainMethod::detach: return detach(call, domain);
    case abi::DmaDomainMethod::info:
      call.result(0, domain.pool().free());
      call.result(1, domain.pool().used());
      call.result(2, domain.devices);
      return Error::ok;
  }
  return Error::bad_call;
}

Error assign_device(Invocation& call) {
  if (!dma_units.present()) return Error::unsupported;
  const std::uint64_t device = call.argument(0);
  if (call.argument(1) == 0) {
    while (!take_out_step(device))
      if (call.preempt()) return Error::ok;
    return Error::ok;
  }
  const auto slot = call.capability(1, ObjectType::dma_domain, abi::kRightManage);
  if (!slot) return slot.error();
  auto& domain = *(*slot)->as<DmaDomain>();
  if (const auto done = put_into(domain, device); !done) return done.error();
  while (!domain.forget_step())
    if (call.preempt()) return Error::ok;
  return Error::ok;
}

Error take_dma_fault(Invocation& call) {
  if (!dma_units.present()) return Error::unsupported;
  const auto fault = dma_units.take_fault();
  call.result(0, fault ? static_cast<std::uint64_t>(fault->kind) : 0);
  call.result(1, fault ? fault->device : 0);
  call.result(2, fault ? fault->address : 0);
  call.result(3, fault ? fault->reason : 0);
  call.result(4, fault && fault->lost ? 1 : 0);
  return Error::ok;
}

}  // namespace tessera::nucleus
