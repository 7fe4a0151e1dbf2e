// SPDX-License-Identifier: Apache-2.0
#include "components/linux/process/loop.hpp"

#include <linux_arch/registers.hpp>

#include "components/linux/core/big_lock.hpp"
#include "components/linux/explain/explain.hpp"
#include "components/linux/memory/out_of_memory.hpp"
#include "components/linux/nucleus/carrier.hpp"
#include "components/linux/process/account.hpp"
#include "components/linux/process/end.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/signal/deliver.hpp"
#include "components/linux/signal/send.hpp"
#include "components/linux/syscall/beside.hpp"
#include "components/linux/syscall/dispatch.hpp"
#include "components/linux/syscall/indirect.hpp"
#include "components/linux/trace/registers.hpp"
#include "components/linux/trace/stop.hpp"

namespace tessera::lx {

namespace {

constexpr std::int64_t kFirstRestart = 512;  // Errno::restart_*

// Not inlined into the fast path.
[[gnu::noinline]] void finish_failed_call(Thread& self, Registers& guest, Errno error) {
  if (static_cast<std::int64_t>(error) >= kFirstRestart) {
    self.restart = error;
    self.attention = true;
    return;
  }
  set_call_result(guest, -static_cast<std::int64_t>(error));
}

inline void serve_call(Thread& self, Registers& guest, std::uint64_t number) {
  const SystemCall function = number < kSystemCallCount ? (*self.calls)[static_cast<std::size_t>(number)] : &sys_indirect;
  const Result<std::int64_t> result = function(call_arguments(guest));
  if (result) [[likely]] set_call_result(guest, *result);
  else finish_failed_call(self, guest, result.error());
}

// A call that its tracer, or the explanation, looks at.
[[gnu::noinline]] void serve_watched_call(Thread& self, Registers& guest) {
  WatchedCall call;
  if (explaining()) call = look_at_call(self);
  if (stop_at_call(self)) serve_call(self, guest, self.system_call);
  stop_after_call(self);
  if (explaining()) note_call(self, call);
}

void serve_exception(Thread& self, Registers& guest) {
  self.system_call = kNoCall;
  if (serve_instruction(guest)) return;
  if (exception_needs_vectors(guest)) self.carrier->sync();
  self.trap = exception_trap(guest, self.trap);
  force_signal(self, exception_signal(guest));
}

void serve_fault(Thread& self, Registers& guest) {
  if (!fault_of_page(guest)) [[unlikely]] return serve_exception(self, guest);
  self.system_call = kNoCall;
  const std::uint64_t address = fault_address(guest);
  // QEMU reads the stack of a user's `iret` with the nucleus' rights: a page that is
  // there faults all the same (SMAP), and would again and again.
  const bool as_nucleus = !fault_by_user(guest);
  const std::expected<void, FaultKind> done =
      as_nucleus ? std::expected<void, FaultKind>(std::unexpected(FaultKind::forbidden)) : self.memory->fault(address, fault_access(guest), Hold::leave);
  if (done) [[likely]] {
    ++self.usage.minor_faults;
    return;
  }
  self.trap = fault_trap(guest);
  switch (done.error()) {
    case FaultKind::no_area: return force_signal(self, SignalInfo::fault(kSigSegv, kCodeSegvMap, address));
    case FaultKind::forbidden: return force_signal(self, SignalInfo::fault(kSigSegv, kCodeSegvAccess, address));
    case FaultKind::no_object: return force_signal(self, SignalInfo::fault(kSigBus, kCodeBusObject, address));
    case FaultKind::out_of_memory: return out_of_memory(self);
  }
}

// With the big lock shared (`place`), which is given back. Who is alone in its space keeps only that
// meanwhile: whoever comes to it with the big lock waits, and nobody else need wait for them.
NO_THREAD_SAFETY_ANALYSIS bool serve_fault_sharing(Thread& self, const Registers& guest, rt::SharedMutex::Place* place) {
  AddressSpace& memory = *self.memory;
  const std::uint64_t address = fault_address(guest);
  bool served = false;
  if (memory.references() == 1) {
    rt::Mutex& own = memory.copying();
    own.lock();  // nobody has it: that takes the big lock
    big_lock.unlock_shared(place);
    served = memory.fault_alone(address, fault_access(guest));
    own.unlock();
  } else {
    served = memory.fault_beside(address, fault_access(guest));
    big_lock.unlock_shared(place);
  }
  return served;
}

// A fault in memory that is nobody else's, beside those of other processors. False when it
// is to be served like any other trap, with the lock alone.
[[gnu::noinline]] NO_THREAD_SAFETY_ANALYSIS bool serve_fault_beside(Thread& self, const Registers& guest) {
  if (!fault_by_user(guest) || !fault_of_page(guest)) return false;
  account_enter_beside(self);
  rt::SharedMutex::Place* const place = big_lock.lock_shared(self.placement.processor);
  if (!no_section(self)) {
    big_lock.unlock_shared(place);
    return false;
  }
  if (!serve_fault_sharing(self, guest, place)) return false;
  self.system_call = kNoCall;
  ++self.usage.minor_faults;
  account_leave_beside(self);
  return true;
}

// A call that needs no lock. False when it is to be served with it.
bool serve_call_beside(Thread& self, Registers& guest) {
  const std::uint64_t number = call_number(guest);
  const BesideCall call = beside_call(number);
  if (call == nullptr || self.calls != &system_calls) return false;
  account_enter_beside(self);
  const std::optional<std::int64_t> result = call(call_arguments(guest));
  account_leave_beside(self);
  if (!result) return false;
  self.system_call = number;
  set_call_result(guest, *result);
  return true;
}

[[gnu::noinline]] bool serve_beside(Thread& self, Registers& guest, tessera::abi::GuestExit reason) {
  if (reason == tessera::abi::GuestExit::syscall) return serve_call_beside(self, guest);
  return reason == tessera::abi::GuestExit::page_fault && serve_fault_beside(self, guest);
}

// A trap was served beside others, and something is to be done before the guest runs again.
[[gnu::noinline]] NO_THREAD_SAFETY_ANALYSIS void attend_soon(Thread& self) {
  big_lock.lock();
  self.in_guest = false;
  account_enter(self);
}

// The guest runs until it traps, and the trap is served. `kFirst`: the thread begins, without
// the lock; whoever set it off has said that it is in its guest.
template <bool kWatched, bool kFirst = false>
NO_THREAD_SAFETY_ANALYSIS inline void run_once(Thread& self, Registers& guest) {
  const std::uint64_t space = self.memory->view().handle();
  self.memory_visible = true;
  if constexpr (!kFirst) self.in_guest = true;
  account_leave(self);
  if constexpr (!kFirst) {
    big_lock.unlock();
    self.carrier->unlocked();
  }
  tessera::abi::GuestExit reason = Carrier::run(space);
  if constexpr (!kWatched) {
    while (several_processors && serve_beside(self, guest, reason)) {
      if (self.attention) [[unlikely]] return attend_soon(self);
      reason = Carrier::run(space);
    }
  }
  big_lock.lock();
  self.in_guest = false;
  account_enter(self);
  switch (reason) {
    case tessera::abi::GuestExit::syscall:
      if constexpr (kWatched) serve_watched_call(self, guest);
      else serve_call(self, guest, self.system_call = call_number(guest));
      break;
    case tessera::abi::GuestExit::page_fault:
      serve_fault(self, guest);
      if (self.restartable.address != 0) section_interrupted(self);
      break;
    case tessera::abi::GuestExit::exception:
      serve_exception(self, guest);
      if (self.restartable.address != 0) section_interrupted(self);
      break;
    case tessera::abi::GuestExit::kick:
    case tessera::abi::GuestExit::switched:
      self.system_call = kNoCall;
      if (self.restartable.address != 0) section_interrupted(self);
      break;
  }
}

[[gnu::noinline]] void run_watched(Thread& self, Registers& guest) {
  run_once<true>(self, guest);
  self.attention = true;
}

}  // namespace

// Called without the lock, returns with it held (Carrier::Body).
NO_THREAD_SAFETY_ANALYSIS void run_thread(Thread& self) {
  Carrier& carrier = *self.carrier;
  Registers& guest = carrier.guest();
  set_current(&self);
  account_enter(self);
  if (self.in_guest) run_once<false, true>(self, guest);
  else big_lock.lock();
  for (;;) {
    if (self.attention) [[unlikely]] {
      if (!attend(self)) break;
      if (self.watched) {
        run_watched(self, guest);
        continue;
      }
    }
    run_once<false>(self, guest);
  }
  finish_thread(self);
}

}  // namespace tessera::lx
