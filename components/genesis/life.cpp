// SPDX-License-Identifier: Apache-2.0
#include "components/genesis/life.hpp"

#include <abi/nucleus.client.hpp>
#include <abi/start.hpp>
#include <algorithm>

#include "components/genesis/boot.hpp"
#include "components/genesis/devices.hpp"
#include "components/genesis/dma_domains.hpp"
#include "components/genesis/grants.hpp"
#include "components/genesis/loader.hpp"
#include "components/genesis/own.hpp"
#include "components/genesis/random.hpp"
#include "components/genesis/shares.hpp"
#include "components/genesis/storms.hpp"
#include "components/genesis/tenants.hpp"
#include "components/genesis/window.hpp"
#include "lib/rt/clock.hpp"
#include "lib/rt/thread_block.hpp"

namespace tessera::genesis {

namespace {

using abi::ObjectType;
using Status = std::expected<void, std::string_view>;

constexpr std::uint64_t kMessageOffset = StartPage::kBytes;  // in the control memory, after the start page
constexpr std::uint64_t kMessageAddress = abi::kStartAddress + 2 * StartPage::kBytes;
constexpr std::uint64_t kMostPriority = 199;  // below genesis' own
constexpr std::uint64_t kPeriodNs = 10'000'000;  // of a component's budget

Status as_status(std::expected<void, abi::Error> done) {
  if (!done) return std::unexpected(abi::name(done.error()));
  return {};
}

// Makes an object and notes it; the first error stays.
class Maker {
 public:
  Maker& make(Handle& handle, const Chunk& from, ObjectType type, unsigned bits = 0) {
    if (!status) return *this;
    const auto made = make_from(from.untyped, type, bits);
    if (made) handle = *made;
    else status = std::unexpected(abi::name(made.error()));
    return *this;
  }
  Status status;
};

Status make_space(Component& component) {
  if (component.follows()) {
    component.space = component.leader->space;
    return component.space != 0 ? Status{} : std::unexpected("nobody has made its domain's address space");
  }
  const auto made = make_from(component.misc.untyped, ObjectType::address_space);
  if (!made) return std::unexpected(abi::name(made.error()));
  component.space = *made;
  return {};
}

Status make_objects(Component& component) {
  Maker maker;
  maker.make(component.own_table, component.table, ObjectType::cap_table, table_bits_of(component.what.kind))
      .make(component.thread, component.misc, ObjectType::thread)
      .make(component.budget, component.misc, ObjectType::budget)
      .make(component.image_memory, component.image, ObjectType::memory, component.image.bits)
      .make(component.control_memory, component.control, ObjectType::memory, component.control.bits)
      .make(component.stack_memory, component.stack, ObjectType::memory, component.stack.bits);
  if (!maker.status) return maker.status;
  if (const auto done = make_space(component); !done) return done;
  if (const auto done = move_in(component); !done) return done;
  // What page tables come from, those of all who follow, too.
  if (!component.follows()) {
    const auto donated = abi::address_space_donate(component.space, component.page_tables.untyped);
    if (!donated) return std::unexpected(abi::name(donated.error()));
  }
  const std::uint64_t share = std::min(processor_of(component), kOneCore);
  return as_status(abi::budget_configure(component.budget, component.what.core, kPeriodNs * share / kOneCore, kPeriodNs));
}

Status map_part(const Component& component, Handle memory, std::uint64_t offset, std::uint64_t bytes, std::uint64_t address,
                std::uint64_t rights) {
  const auto attachment = abi::address_space_attach(component.space, memory, rights);
  if (!attachment) return std::unexpected(abi::name(attachment.error()));
  const auto done = abi::address_space_map(component.space, address, *attachment, offset, bytes / abi::kPageBytes, rights);
  if (!done) return std::unexpected(abi::name(done.error()));
  return {};
}

Status map_basics(const Component& component) {
  constexpr std::uint64_t kReadWrite = abi::kRightRead | abi::kRightWrite;
  if (const auto done = map_part(component, component.stack_memory, 0, abi::kStackBytes, abi::kStackAddress + component.area, kReadWrite); !done) return done;
  if (const auto done = map_part(component, component.control_memory, 0, StartPage::kBytes, abi::kStartAddress + component.area, abi::kRightRead); !done) {
    return done;
  }
  return map_part(component, component.control_memory, kMessageOffset, abi::kPageBytes, kMessageAddress + component.area, kReadWrite);
}

Status write_start_page(Component& component, const Surroundings& around) {
  const Window window(component.control_memory, StartPage::kBytes, abi::kRightRead | abi::kRightWrite);
  if (!window.valid()) return std::unexpected(abi::name(window.error()));
  StartPage page(window.bytes());
  FirstGift gift(component, page);
  constexpr std::uint64_t kAll = 0xff;
  abi::StartInfo info;
  info.table = gift.give(component.own_table, kAll);
  info.space = gift.give(component.space, kAll);
  info.thread = gift.give(component.thread, kAll);
  info.budget = gift.give(component.budget, abi::kRightRead | abi::kRightWrite);
  info.supervisor = gift.give(around.supervisor, abi::kRightWrite, component.number);
  info.log = give_log(gift, component);
  give_grants(gift, component, around);
  around.schedules.give(gift, component);
  around.broker.prepare_life(gift, component);
  info.message_page = kMessageAddress + component.area;
  info.first_free_slot = gift.next_slot();
  info.slot_count = (std::uint64_t{1} << table_bits_of(component.what.kind)) - gift.next_slot();
  info.cores = boot().cores;
  info.core = component.what.core;
  info.processor = processor_of(component);
  info.clock_hz = boot().clock_hz;
  info.clock_boot = boot().clock_boot;
  info.features = boot().features;
  for (std::uint64_t& word : info.random_seed) word = next_random();
  page.finish(info);
  return gift.result();
}

// The thread's block lies at the top of the stack, the stack below it.
Status start_thread(const Component& component, std::uint64_t entry, Handle supervisor) {
  const auto fault = rt::objects().copy(supervisor, abi::kRightWrite, component.number);
  if (!fault) return std::unexpected(abi::name(fault.error()));
  const auto configured =
      abi::thread_configure(component.thread, component.own_table, component.space, component.control_memory, kMessageOffset, *fault);
  rt::objects().discard(*fault);  // the thread has a capability of its own
  if (!configured) return as_status(configured);
  const std::uint64_t block = abi::kStackAddress + component.area + abi::kStackBytes - rt::kThreadBlockBytes;
  if (const auto done = abi::thread_set_registers(component.thread, entry, block - 8, abi::kStartAddress + component.area, block); !done) {
    return as_status(done);
  }
  const std::uint64_t priority = std::min(component.what.priority, kMostPriority);
  if (const auto done = abi::thread_schedule(component.thread, component.budget, priority); !done) return as_status(done);
  return as_status(abi::thread_resume(component.thread));
}

Status try_begin(Component& component, const Surroundings& around) {
  const auto plan = plan_program(component, component.program_file());
  if (!plan) return std::unexpected(plan.error());
  if (const auto done = make_objects(component); !done) return done;
  if (const auto done = load_program(*plan, component.program_file(), component.image_memory, component.space); !done) return as_status(done);
  if (const auto done = map_basics(component); !done) return done;
  if (const auto done = write_start_page(component, around); !done) return done;
  limit_interrupts(component);
  enable_devices(component);
  return start_thread(component, plan->entry, around.supervisor);
}

void empty(const Chunk& chunk) {
  if (chunk.untyped != 0) (void)abi::cap_table_revoke(rt::objects().own().table, chunk.untyped);
}

}  // namespace

Status begin_life(Component& component, const Surroundings& around) {
  prepare_hardware(component);
  component.become(State::starting);
  ++component.lives;
  component.strayed = false;
  const Status confined = make_domain(component, around);
  const Status done = confined ? try_begin(component, around) : confined;
  if (!done) end_life(component);
  return done;
}

void end_life(Component& component) {
  component.become(State::stopped);
  // No more DMA before any memory changes hands.
  disable_devices(component);
  for (const Chunk& chunk : {component.misc, component.table, component.page_tables, component.image, component.control, component.stack}) {
    empty(chunk);
  }
  for (const Chunk& chunk : component.memory_pieces()) empty(chunk);
  if (component.follows()) {
    for (std::size_t i = 0; i < component.gift_count; ++i) (void)abi::address_space_detach(component.space, component.gifts[i]);
    component.gift_count = 0;
    component.space = 0;  // the leader's handle
  }
  for (Handle* handle : {&component.own_table, &component.space, &component.thread, &component.budget, &component.image_memory,
                         &component.control_memory, &component.stack_memory}) {
    forget(*handle);
  }
}

}  // namespace tessera::genesis
