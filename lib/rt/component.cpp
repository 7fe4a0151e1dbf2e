// SPDX-License-Identifier: Apache-2.0
// From _start to component_main and back: thread block, clock, log, own objects,
// static objects.
#include "lib/rt/component.hpp"

#include <abi/protocols/supervisor.hpp>
#include <memory>

#include "lib/rt/ask.hpp"
#include "lib/rt/clock.hpp"
#include "lib/rt/log.hpp"
#include "lib/rt/objects.hpp"
#include "lib/rt/panic.hpp"
#include "lib/rt/raw_memory.hpp"
#include "lib/rt/system_call.hpp"
#include "lib/rt/thread_block.hpp"

namespace tessera::rt {

namespace {

constinit Start own_start;

using Initializer = void (*)();
extern "C" const Initializer __init_array_start;
extern "C" const Initializer __init_array_end;

void run_initializers() {
  const std::uint64_t start = address_of(&__init_array_start), end = address_of(&__init_array_end);
  for (const Initializer one : span_at<const Initializer>(start, (end - start) / sizeof(Initializer))) one();
}

void adopt_untyped() {
  for (std::size_t i = 0; i < own_start.grant_count(); ++i) {
    const Grant grant = own_start.grant_at(i);
    if (grant.kind == abi::ObjectType::untyped) objects().add_untyped(grant.handle);
  }
}

}  // namespace

const Start& start() { return own_start; }

void Start::ready() const {
  namespace supervisor = protocol::supervisor;
  (void)ask<supervisor::Protocol>(info_->supervisor, supervisor::ReadyRequest{});
}

extern "C" [[noreturn]] void tessera_component_start(const abi::StartInfo* info, ThreadBlock* block) {
  // The loader maps the whole start page, which says how long it is.
  if (info->magic != abi::kStartMagic) __builtin_trap();
  own_start = Start(bytes_at(address_of(info), info->bytes));
  if (!own_start.valid()) __builtin_trap();
  std::construct_at(block);
  block->self = block;
  block->thread = info->thread;
  block->message_page = &object_at<abi::MessagePage>(info->message_page);
  // Where a domain has several components, each has the usual addresses in an area of its own.
  const std::uint64_t area = address_of(info) - abi::kStartAddress;
  set_clock(info->clock_hz, info->clock_boot);
  set_log(info->log);
  objects().initialise({.table = info->table, .space = info->space, .budget = info->budget, .supervisor = info->supervisor,
                        .cores = info->cores},
                       info->first_free_slot, info->slot_count, abi::kFreeAddress + area);
  adopt_untyped();
  block->notification = objects().make(abi::ObjectType::notification).value_or(0);
  run_initializers();
  exit(static_cast<std::uint64_t>(component_main(own_start)) & 0xff);
}

}  // namespace tessera::rt
