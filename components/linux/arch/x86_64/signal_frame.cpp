// SPDX-License-Identifier: Apache-2.0
// Layout: arch/x86/include/uapi/asm/{sigcontext,ucontext}.h of Linux, which is ABI.
#include "components/linux/signal/signal_frame.hpp"

#include <cstddef>
#include <linux_arch/registers.hpp>
#include <linux_arch/vector_state.hpp>

#include "components/linux/core/guest_memory.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/signal/alternate_stack.hpp"
#include "components/linux/signal/mask.hpp"

namespace tessera::lx {

namespace {

struct StackInfo {  // stack_t
  std::uint64_t start = 0;
  std::uint32_t flags = 0;
  std::uint32_t padding = 0;
  std::uint64_t bytes = 0;
};

struct MachineContext {  // struct sigcontext
  std::uint64_t r8 = 0, r9 = 0, r10 = 0, r11 = 0, r12 = 0, r13 = 0, r14 = 0, r15 = 0;
  std::uint64_t rdi = 0, rsi = 0, rbp = 0, rbx = 0, rdx = 0, rax = 0, rcx = 0, rsp = 0, rip = 0, flags = 0;
  std::uint16_t cs = tessera::abi::kSystemCallGuestSelectorCode, gs = 0, fs = 0, ss = tessera::abi::kSystemCallGuestSelectorStack;
  std::uint64_t error = 0, trap = 0, old_mask = 0, fault_address = 0;
  std::uint64_t vector_state = 0;
  std::array<std::uint64_t, 8> reserved{};
};
static_assert(sizeof(MachineContext) == 256);

struct UserContext {  // struct ucontext
  std::uint64_t flags = 0;
  std::uint64_t link = 0;
  StackInfo stack;
  MachineContext machine;
  std::uint64_t mask = 0;
};

struct SignalFrame {  // struct rt_sigframe
  std::uint64_t return_address = 0;
  UserContext context;
  SignalInfo info;
};
static_assert(offsetof(SignalFrame, context) == 8 && sizeof(UserContext) == 304 && sizeof(SignalFrame) == 440);

// UC_FP_XSTATE | UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS
constexpr std::uint64_t kContextFlags = 1 | 2 | 4;
constexpr std::uint64_t kRedZone = 128;
constexpr std::uint64_t kTrapFlag = 0x100, kDirectionFlag = 0x400, kResumeFlag = 0x1'0000;
// What sigreturn may set: CF PF AF ZF SF TF DF OF RF AC.
constexpr std::uint64_t kFreeFlags = 0x1 | 0x4 | 0x10 | 0x40 | 0x80 | 0x100 | 0x400 | 0x800 | 0x1'0000 | 0x4'0000;

MachineContext context_of(const Thread& thread, const Registers& guest, SignalSet mask) {
  MachineContext machine;
  machine.r8 = guest.r8, machine.r9 = guest.r9, machine.r10 = guest.r10, machine.r11 = guest.r11;
  machine.r12 = guest.r12, machine.r13 = guest.r13, machine.r14 = guest.r14, machine.r15 = guest.r15;
  machine.rdi = guest.rdi, machine.rsi = guest.rsi, machine.rbp = guest.rbp, machine.rbx = guest.rbx;
  machine.rdx = guest.rdx, machine.rax = guest.rax, machine.rcx = guest.rcx, machine.rsp = guest.rsp;
  machine.rip = guest.rip, machine.flags = guest.rflags;
  machine.error = thread.trap.error, machine.trap = thread.trap.number;
  machine.fault_address = thread.trap.address;
  machine.old_mask = mask.bits();
  return machine;
}

}  // namespace

std::uint64_t smallest_signal_stack(const Thread& thread) {
  const Registers& guest = const_cast<Thread&>(thread).registers();
  // Frame, vector state, red zone, and what alignment may cost.
  return sizeof(SignalFrame) + vector_frame_bytes(guest) + kRedZone + 64 + 16 + 8;
}

Result<void> push_signal_frame(Thread& thread, const SignalAction& action, const SignalInfo& info, SignalSet mask) {
  Registers& guest = thread.registers();
  std::uint64_t top = guest.rsp - kRedZone;
  bool entering_alternate = false;
  const bool on_alternate = on_alternate_stack(thread, guest.rsp);
  if ((action.flags & kActionOnStack) != 0 && !on_alternate && (thread.alternate_stack.flags & kStackDisabled) == 0) {
    top = thread.alternate_stack.start + thread.alternate_stack.bytes;
    entering_alternate = true;
  }
  const std::uint64_t vectors = (top - vector_frame_bytes(guest)) & ~std::uint64_t{63};
  const std::uint64_t frame = ((vectors - sizeof(SignalFrame)) & ~std::uint64_t{15}) - 8;
  // An overflow of the alternate stack is fatal rather than a write below it.
  if ((entering_alternate || on_alternate) && !on_alternate_stack(thread, frame)) return fail(Errno::efault);
  if (frame >= kGuestLimit || vectors >= kGuestLimit) return fail(Errno::efault);

  SignalFrame image;
  image.return_address = action.restorer;
  image.context.flags = kContextFlags;
  image.context.stack.start = thread.alternate_stack.start;
  image.context.stack.flags = alternate_stack_flags(thread, guest.rsp);
  image.context.stack.bytes = thread.alternate_stack.bytes;
  image.context.machine = context_of(thread, guest, mask);
  image.context.machine.vector_state = vectors;
  image.context.mask = mask.bits();
  image.info = info;
  if ((action.flags & kActionRestorer) == 0) return fail(Errno::efault);  // as on Linux: x86-64 has no other way back
  TRY(save_vector_state(guest, vectors));
  TRY(write_guest(frame, image));

  guest.rdi = static_cast<std::uint64_t>(info.signal);
  guest.rax = 0;
  guest.rsi = frame + offsetof(SignalFrame, info);
  guest.rdx = frame + offsetof(SignalFrame, context);
  guest.rip = action.handler;
  guest.rsp = frame;
  guest.rflags &= ~(kDirectionFlag | kResumeFlag | kTrapFlag);
  reset_vector_state(guest);
  if ((thread.alternate_stack.flags & kStackAutoDisarm) != 0) thread.alternate_stack = AlternateStack{};
  return {};
}

Result<void> pop_signal_frame(Thread& thread) {
  Registers& guest = thread.registers();
  // The handler's `ret` took the return address.
  const std::uint64_t frame = guest.rsp - offsetof(SignalFrame, context);
  const auto context = TRY(read_guest<UserContext>(frame + offsetof(SignalFrame, context)));
  const MachineContext& machine = context.machine;
  if (machine.rip >= kGuestLimit) return fail(Errno::efault);
  if (machine.vector_state == 0) {
    reset_vector_state(guest);
  } else {
    TRY(load_vector_state(guest, machine.vector_state));
  }
  guest.r8 = machine.r8, guest.r9 = machine.r9, guest.r10 = machine.r10, guest.r11 = machine.r11;
  guest.r12 = machine.r12, guest.r13 = machine.r13, guest.r14 = machine.r14, guest.r15 = machine.r15;
  guest.rdi = machine.rdi, guest.rsi = machine.rsi, guest.rbp = machine.rbp, guest.rbx = machine.rbx;
  guest.rdx = machine.rdx, guest.rax = machine.rax, guest.rcx = machine.rcx, guest.rsp = machine.rsp;
  guest.rip = machine.rip;
  guest.rflags = (guest.rflags & ~kFreeFlags) | (machine.flags & kFreeFlags);
  set_signal_mask(thread, SignalSet(context.mask));
  restore_alternate_stack(thread, context.stack.start, context.stack.flags, context.stack.bytes);
  return {};
}

}  // namespace tessera::lx
