// SPDX-License-Identifier: Apache-2.0
// AddressSpace and Memory: the invocations. Long ranges are worked off in steps;
// between steps the arguments are moved along, so that a preempted call goes on
// where it was.
#include <atomic>
#include <functional>
#include <optional>

#include "kernel/ipc/invocation.hpp"
#include "kernel/memory/address_space.hpp"
#include "kernel/namespace/crossing.hpp"
#include "kernel/object/destroy.hpp"
#include "kernel/sched/cores.hpp"

namespace tessera::nucleus {

// Under object_lock: nobody works on the space beside this, and this core may from now on.
static void come_to_know(AddressSpace& space) REQUIRES(object_lock) {
  if (!several_cores) [[likely]] return;
  space.reach_users();
  space.cores.add(this_core().number);
  if (AddressSpace* host = space.host()) host->cores.add(this_core().number);
}

// The locks of the tables of one space, or two, where others' operations run beside this one.
class TablesHeld {
 public:
  TablesHeld(const Invocation& call, AddressSpace& one, AddressSpace& other) {
    if (!call.beside) return;
    const bool in_order = std::less<>{}(&one, &other);
    first_.emplace(in_order ? one.tables : other.tables);
    if (&one != &other) second_.emplace(in_order ? other.tables : one.tables);
  }

 private:
  std::optional<Spinning> first_, second_;
};

// Runs `step(address, pages)` over the range in arguments `address_at` and
// `pages_at`. thread.progress counts the pages affected (plus one, so that it
// tells a restart), which is the result.
template <typename Step>
static Error in_steps(Invocation& call, unsigned address_at, unsigned pages_at, Step step) {
  if (!call.thread.restarting_long()) call.thread.progress = 1;
  for (;;) {
    const VirtAddr address{call.argument(address_at)};
    const std::uint64_t pages = call.argument(pages_at);
    const auto progress = step(address, pages);
    if (!progress) return progress.error();
    if (progress->stale) return call.take_all();
    call.thread.progress += progress->affected;
    if (progress->pages == pages) break;
    call.set_argument(address_at, address.value + progress->pages * kPageBytes);
    call.set_argument(pages_at, pages - progress->pages);
    if (call.preempt()) return Error::ok;
  }
  call.result(0, call.thread.progress - 1);
  call.thread.progress = 0;
  return Error::ok;
}

static Result<std::uint8_t> rights_argument(const Invocation& call, unsigned index) {
  if (call.argument(index) > 0xff) return fail(Error::bad_argument);
  return static_cast<std::uint8_t>(call.argument(index));
}

static Error map(Invocation& call, AddressSpace& space) {
  const auto rights = rights_argument(call, 4);
  if (!rights || call.argument(1) >= abi::kMaxAttachments) return Error::bad_argument;
  const auto number = static_cast<unsigned>(call.argument(1));
  if (!call.thread.restarting_long()) call.thread.progress = 1;
  for (;;) {
    const std::uint64_t pages = call.argument(3);
    const auto progress = space.map(VirtAddr{call.argument(0)}, number, call.argument(2), pages, *rights);
    if (!progress) return progress.error();
    call.thread.progress += progress->affected;
    if (progress->pages == pages) break;
    call.set_argument(0, call.argument(0) + progress->pages * kPageBytes);
    call.set_argument(2, call.argument(2) + progress->pages * kPageBytes);
    call.set_argument(3, pages - progress->pages);
    if (call.preempt()) return Error::ok;
  }
  call.result(0, call.thread.progress - 1);
  call.thread.progress = 0;
  return Error::ok;
}

static Error map_list(Invocation& call, AddressSpace& space) {
  const std::uint64_t count = call.argument(1);
  const VirtAddr address{call.argument(0)};
  if (call.thread.message == nullptr) return Error::not_configured;
  if (count == 0 || count > abi::kMessageWords - abi::kRegisterWords) return Error::bad_argument;
  std::uint64_t done = 0;
  bool stale = false;
  Error error = Error::ok;
  for (; done < count && error == Error::ok; ++done) {
    // Read once: the page is shared with the caller's other threads.
    const std::uint64_t entry = std::atomic_ref(call.thread.message->words[abi::kRegisterWords + done]).load(std::memory_order_relaxed);
    if (entry == 0) continue;
    const auto mapped = space.map_page(address.plus(done * kPageBytes), static_cast<unsigned>(entry >> 48) & 0xff,
                                       entry & 0xffff'ffff'f000, static_cast<std::uint8_t>(entry & 15));
    if (!mapped) error = mapped.error();
    else stale = stale || *mapped;
  }
  if (stale) return call.take_all();
  call.result(0, error == Error::ok ? done : done - 1);
  return error;
}

static Error copy_range(Invocation& call, AddressSpace& space) REQUIRES(object_lock) {
  if (call.beside && !call.thread.table->is_own(Handle{call.argument(0)})) return call.take_all();
  const auto source = call.capability(0, ObjectType::address_space, abi::kRightManage);
  if (!source) return source.error();
  if (call.argument(3) > 1) return Error::bad_argument;
  auto& from = *(*source)->as<AddressSpace>();
  const bool copy_on_write = call.argument(3) == 1;
  if (call.beside && !from.knows(this_core().number)) return call.take_all();
  if (!call.beside) come_to_know(from);
  const TablesHeld held(call, space, from);
  if (!call.beside) from.settle();
  else if (from.stale() || space.stale()) return call.take_all();
  return in_steps(call, 1, 2, [&](VirtAddr address, std::uint64_t pages) {
    return space.copy_range(from, address, pages, copy_on_write);
  });
}

static Error attach(Invocation& call, AddressSpace& space) REQUIRES(object_lock) {
  const auto memory = call.capability(0, ObjectType::memory, 0);
  if (!memory) return memory.error();
  const auto rights = rights_argument(call, 1);
  if (!rights) return rights.error();
  const auto number = space.attach(**memory, *rights, {call.thread});
  if (!number) return number.error();
  call.result(0, *number);
  return Error::ok;
}

static Error detach(Invocation& call, AddressSpace& space) REQUIRES(object_lock) {
  for (;;) {
    Slot* slot = space.attachment(call.argument(0));
    // Gone after a restart means done.
    if (slot == nullptr) return call.thread.restarting_long() ? Error::ok : Error::no_attachment;
    call.thread.progress = 1;
    if (clear_step(*slot)) return Error::ok;
    if (call.preempt()) return Error::ok;
  }
}

static Error donate(Invocation& call, AddressSpace& space) REQUIRES(object_lock) {
  const auto untyped = call.capability(0, ObjectType::untyped, abi::kRightManage);
  if (!untyped) return untyped.error();
  const auto done = space.donate(**untyped, {call.thread});
  if (!done) return done.error();
  call.result(0, space.pool().free());
  return Error::ok;
}

static Error bind_host(Invocation& call, AddressSpace& space) REQUIRES(object_lock) {
  const auto host = call.capability(0, ObjectType::address_space, abi::kRightManage);
  if (!host) return host.error();
  if (call.argument(1) > 1) return Error::bad_argument;
  const auto done = space.bind_host(**host, call.argument(1) == 1, {call.thread});
  return done ? Error::ok : done.error();
}

// As guest_run does it, on the same conditions.
static Error enter(Thread& thread, AddressSpace& space) {
  if (space.host() == nullptr || space.host() != thread.space || space.dying) return Error::not_configured;
  thread.set_guest_space(&space);
  if (&thread == this_core().current()) arch::activate(thread);
  return Error::ok;
}

Error invoke_address_space(Invocation& call) {
  auto& space = *call.slot.as<AddressSpace>();
  const auto method = static_cast<abi::AddressSpaceMethod>(call.method);
  if (method != abi::AddressSpaceMethod::info && !call.slot.has(abi::kRightManage)) return Error::no_right;
  if (method == abi::AddressSpaceMethod::copy_range && call.beside) return copy_range(call, space);
  if (method == abi::AddressSpaceMethod::enter) return enter(call.thread, space);
  if (!call.beside) come_to_know(space);
  const TablesHeld held(call, space, space);
  if (!call.beside) space.settle();
  else if (space.stale()) return call.take_all();
  switch (method) {
    case abi::AddressSpaceMethod::donate: return donate(call, space);
    case abi::AddressSpaceMethod::attach: return attach(call, space);
    case abi::AddressSpaceMethod::detach: return detach(call, space);
    case abi::AddressSpaceMethod::map: return map(call, space);
    case abi::AddressSpaceMethod::map_list: return map_list(call, space);
    case abi::AddressSpaceMethod::unmap:
      return in_steps(call, 0, 1, [&](VirtAddr address, std::uint64_t pages) { return space.unmap(address, pages); });
    case abi::AddressSpaceMethod::protect: {
      const auto rights = rights_argument(call, 2);
      if (!rights) return rights.error();
      return in_steps(call, 0, 1,
                      [&](VirtAddr address, std::uint64_t pages) { return space.protect(address, pages, *rights); });
    }
    case abi::AddressSpaceMethod::copy_range: return copy_range(call, space);
    case abi::AddressSpaceMethod::bind_host: return bind_host(call, space);
    case abi::AddressSpaceMethod::info:
      call.result(0, space.pool().free());
      call.result(1, space.pool().used());
      return Error::ok;
    case abi::AddressSpaceMethod::enter: break;  // above: it takes the locks of two spaces' tables
  }
  return Error::bad_call;
}

Error invoke_memory(Invocation& call) {
  switch (static_cast<abi::MemoryMethod>(call.method)) {
    case abi::MemoryMethod::info:
      call.result(0, call.slot.extra);
      call.result(1, call.slot.has(abi::kRightDma) ? call.slot.object : 0);
      return Error::ok;
  }
  return Error::bad_call;
}

}  // namespace tessera::nucleus
