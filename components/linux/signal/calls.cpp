// SPDX-License-Identifier: Apache-2.0
// Actions, masks and waiting for signals.
#include <algorithm>
#include <linux_arch/registers.hpp>
#include "components/linux/signal/signal_frame.hpp"

#include "components/linux/core/guest_memory.hpp"
#include "components/linux/core/guest_word.hpp"
#include "components/linux/process/contract.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/signal/alternate_stack.hpp"
#include "components/linux/signal/mask.hpp"
#include "components/linux/signal/send.hpp"
#include "components/linux/signal/take.hpp"
#include "components/linux/syscall/beside.hpp"
#include "components/linux/syscall/table.hpp"
#include "components/linux/time/convert.hpp"
#include "components/linux/time/read_time.hpp"

namespace tessera::lx {

namespace {

constexpr std::uint64_t kSetBytes = 8;

int signal_argument(std::uint64_t argument) { return static_cast<int>(static_cast<std::uint32_t>(argument)); }

Result<SignalSet> read_set(std::uint64_t address) { return SignalSet(TRY(read_guest<std::uint64_t>(address))); }

}  // namespace

Result<void> begin_temporary_mask(std::uint64_t mask_address, std::uint64_t size) {
  if (size != kSetBytes) return fail(Errno::einval);
  use_temporary_mask(current_thread(), TRY(read_set(mask_address)));
  return {};
}

Result<std::int64_t> sys_rt_sigaction(const Arguments& arguments) {
  const int signal = signal_argument(arguments[0]);
  if (arguments[3] != kSetBytes) return fail(Errno::einval);
  SignalAction wanted;
  if (arguments[1] != 0) wanted = TRY(read_guest<SignalAction>(arguments[1]));
  if (!valid_signal(signal) || (arguments[1] != 0 && kUnblockable.contains(signal))) return fail(Errno::einval);
  Thread& self = current_thread();
  SignalActions& actions = *self.process.actions;
  const SignalAction old = actions.get(signal);
  if (arguments[1] != 0) {
    wanted.mask = (SignalSet(wanted.mask) - kUnblockable).bits();
    actions.set(signal, wanted);
    // POSIX: what is pending and now ignored is gone.
    if (actions.ignores(signal)) {
      self.process.pending.discard(SignalSet::of(signal));
      for (Thread* const thread : self.process.threads) thread->pending.discard(SignalSet::of(signal));
    }
  }
  if (arguments[2] != 0) TRY(write_guest(arguments[2], old));
  return 0;
}

static Result<SignalSet> changed_mask(SignalSet old, std::uint64_t how, SignalSet set) {
  constexpr int kBlock = 0, kUnblock = 1, kSet = 2;
  switch (signal_argument(how)) {
    case kBlock: return (old | set) - kUnblockable;
    case kUnblock: return old - set;
    case kSet: return set - kUnblockable;
    default: return fail(Errno::einval);
  }
}

Result<std::int64_t> sys_rt_sigprocmask(const Arguments& arguments) {
  if (arguments[3] != kSetBytes) return fail(Errno::einval);
  Thread& self = current_thread();
  const SignalSet old = self.blocked;
  if (arguments[1] != 0) {
    const SignalSet set = TRY(read_set(arguments[1]));
    set_signal_mask(self, TRY(changed_mask(old, arguments[0], set)));
  }
  if (arguments[2] != 0) TRY(write_guest(arguments[2], old.bits()));
  return 0;
}

std::optional<std::int64_t> beside_rt_sigprocmask(const Arguments& arguments) {
  if (arguments[3] != kSetBytes) return std::nullopt;
  // The call is perhaps made once more, with the lock: the old mask must not be where the new one is read.
  if (std::max(arguments[1], arguments[2]) - std::min(arguments[1], arguments[2]) < kSetBytes) return std::nullopt;
  Thread& self = *current_or_null();
  const SignalSet old = self.blocked;
  SignalSet wanted = old;
  if (arguments[1] != 0) {
    std::uint64_t set = 0;
    if (!peek_guest_word(arguments[1], set)) return std::nullopt;
    const auto changed = changed_mask(old, arguments[0], SignalSet(set));
    if (!changed) return std::nullopt;
    wanted = *changed;
  }
  // Written first: with the lock all is done once more should it be needed.
  if (arguments[2] != 0 && !poke_guest_word(arguments[2], old.bits())) return std::nullopt;
  if (wanted != old && !try_signal_mask(self, wanted)) return std::nullopt;
  return 0;
}

Result<std::int64_t> sys_rt_sigpending(const Arguments& arguments) {
  if (arguments[1] > kSetBytes) return fail(Errno::einval);
  const Thread& self = current_thread();
  const std::uint64_t set = ((self.pending.pending() | self.process.pending.pending()) & self.blocked).bits();
  TRY(copy_to_guest(arguments[0], std::as_bytes(std::span(&set, 1)).first(static_cast<std::size_t>(arguments[1]))));
  return 0;
}

Result<std::int64_t> sys_rt_sigsuspend(const Arguments& arguments) {
  if (arguments[1] != kSetBytes) return fail(Errno::einval);
  Thread& self = current_thread();
  use_temporary_mask(self, TRY(read_set(arguments[0])));
  while (sleep() != Wake::signal) {}
  return fail(Errno::restart_nohand);
}

Result<std::int64_t> sys_pause(const Arguments&) {
  while (sleep() != Wake::signal) {}
  return fail(Errno::restart_nohand);
}

Result<std::int64_t> sys_rt_sigtimedwait(const Arguments& arguments) {
  if (arguments[3] != kSetBytes) return fail(Errno::einval);
  const SignalSet wanted = TRY(read_set(arguments[0])) - kUnblockable;
  std::uint64_t deadline = kNoDeadline;
  if (arguments[2] != 0) {
    const std::uint64_t span = TRY(read_time(arguments[2]));
    deadline = after(monotonic_ns(), span);
  }
  Thread& self = current_thread();
  SignalInfo info;
  const auto take = [&] { return take_signal(self, wanted, info); };
  bool taken = take();
  Wake wake = Wake::woken;
  if (!taken && (deadline == kNoDeadline || monotonic_ns() < deadline)) {
    // Not blocked while it waits, so that they wake it.
    const SignalSet blocked = self.blocked;
    self.blocked = blocked - wanted;
    for (;;) {
      wake = sleep(deadline);
      taken = take();
      if (taken || wake != Wake::woken) break;
    }
    set_signal_mask(self, blocked);
  }
  if (!taken) return fail(wake == Wake::signal ? Errno::eintr : Errno::eagain);
  if (arguments[1] != 0) TRY(write_guest(arguments[1], info));
  return info.signal;
}

Result<std::int64_t> sys_sigaltstack(const Arguments& arguments) {
  struct StackInfo {  // stack_t
    std::uint64_t start = 0;
    std::uint32_t flags = 0, padding = 0;
    std::uint64_t bytes = 0;
  };
  Thread& self = current_thread();
  const std::uint64_t pointer = stack_pointer(self.registers());
  const StackInfo old{.start = self.alternate_stack.start,
                      .flags = alternate_stack_flags(self, pointer),
                      .bytes = self.alternate_stack.bytes};
  if (arguments[0] != 0) {
    const auto wanted = TRY(read_guest<StackInfo>(arguments[0]));
    if (on_alternate_stack(self, pointer)) return fail(Errno::eperm);
    const std::uint32_t mode = wanted.flags & ~kStackAutoDisarm;
    if (mode != 0 && mode != kStackDisabled && mode != kStackOn) return fail(Errno::einval);
    if (mode == kStackDisabled) {
      self.alternate_stack = AlternateStack{};
    } else {
      if (wanted.bytes < kLeastSignalStack) return fail(Errno::enomem);
      self.alternate_stack =
          AlternateStack{.start = wanted.start, .flags = wanted.flags & kStackAutoDisarm, .bytes = wanted.bytes};
    }
  }
  if (arguments[1] != 0) TRY(write_guest(arguments[1], old));
  return 0;
}

Result<std::int64_t> sys_rt_sigreturn(const Arguments&) {
  Thread& self = current_thread();
  if (!pop_signal_frame(self)) force_signal(self, SignalInfo::plain(kSigSegv, kCodeKernel));
  // The result register is the frame's: hand it back as the call's own.
  return static_cast<std::int64_t>(call_result(self.registers()));
}

}  // namespace tessera::lx
