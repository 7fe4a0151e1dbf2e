// SPDX-License-Identifier: Apache-2.0
#include "kernel/object/interrupt.hpp"
#include "kernel/object/object_header.hpp"

#include "kernel/iommu/dma_domain.hpp"
#include "kernel/memory/address_space.hpp"
#include "kernel/object/budget.hpp"
#include "kernel/object/cap_table.hpp"
#include "kernel/object/endpoint.hpp"
#include "kernel/object/notification.hpp"
#include "kernel/object/thread.hpp"
#include "kernel/namespace/namespace.hpp"
#include "kernel/object/timer.hpp"

namespace tessera::nucleus {

ObjectHeader* header_of(const Slot& slot) {
  switch (slot.type) {
    case ObjectType::cap_table: return &slot.as<CapTable>()->header;
    case ObjectType::thread: return &slot.as<Thread>()->header;
    case ObjectType::budget: return &slot.as<Budget>()->header;
    case ObjectType::address_space: return &slot.as<AddressSpace>()->header();
    case ObjectType::endpoint: return &slot.as<Endpoint>()->header;
    case ObjectType::reply: return &slot.as<Reply>()->header;
    case ObjectType::notification: return &slot.as<Notification>()->header;
    case ObjectType::timer: return &slot.as<Timer>()->header;
    case ObjectType::interrupt: return &slot.as<Interrupt>()->header;
    case ObjectType::dma_domain: return &slot.as<DmaDomain>()->header();
    case ObjectType::namespace_: return &slot.as<Namespace>()->header;
    case ObjectType::none:
    case ObjectType::untyped:
    case ObjectType::memory:
    case ObjectType::io_ports:
    case ObjectType::log:
    case ObjectType::machine: break;
  }
  return nullptr;
}

}  // namespace tessera::nucleus
