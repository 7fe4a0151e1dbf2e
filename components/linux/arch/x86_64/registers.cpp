// SPDX-License-Identifier: Apache-2.0
#include <linux_arch/registers.hpp>

#include <algorithm>
#include <cstring>
#include <linux_arch/vector_state.hpp>
#include <span>

#include "components/linux/nucleus/vector_area.hpp"

namespace tessera::lx {

namespace {

// Interrupts on, and the bit that always reads as one.
constexpr std::uint64_t kUserFlags = 0x202;

// SIGFPE's code from the exception flags that are not masked (Intel SDM 1, 8.5
// and 11.5), in the order Linux looks at them.
std::int32_t float_code(std::uint32_t raised) {
  if ((raised & 1) != 0) return kCodeFpeInvalid;
  if ((raised & 4) != 0) return 3;           // FPE_FLTDIV
  if ((raised & 8) != 0) return 4;           // FPE_FLTOVF
  if ((raised & (16 | 2)) != 0) return 5;    // FPE_FLTUND
  if ((raised & 32) != 0) return 6;          // FPE_FLTRES
  return 0;
}

}  // namespace

void reset_registers(Registers& guest, std::uint64_t entry, std::uint64_t stack) {
  guest.r15 = guest.r14 = guest.r13 = guest.r12 = guest.rbp = guest.rbx = 0;
  guest.r11 = guest.r10 = guest.r9 = guest.r8 = guest.rax = guest.rcx = 0;
  guest.rdx = guest.rsi = guest.rdi = 0;
  guest.rip = entry;
  guest.rsp = stack;
  guest.rflags = kUserFlags;
  guest.fs_base = guest.gs_base = 0;
  reset_vector_state(guest);
  guest.report_switch = 0;
}

void copy_registers(Registers& to, const Registers& from) {
  to.r15 = from.r15, to.r14 = from.r14, to.r13 = from.r13, to.r12 = from.r12, to.rbp = from.rbp, to.rbx = from.rbx;
  to.r11 = from.r11, to.r10 = from.r10, to.r9 = from.r9, to.r8 = from.r8, to.rax = from.rax, to.rcx = from.rcx;
  to.rdx = from.rdx, to.rsi = from.rsi, to.rdi = from.rdi, to.rip = from.rip;
  to.rflags = from.rflags, to.rsp = from.rsp, to.fs_base = from.fs_base, to.gs_base = from.gs_base;
  claim_vectors(to);
  const std::size_t bytes = std::min<std::size_t>(vector_state_bytes(from), from.extended.size());
  std::copy_n(from.extended.begin(), bytes, to.extended.begin());
  to.report_switch = from.report_switch;
}

SignalInfo exception_signal(const Registers& guest) {
  switch (guest.vector) {
    case 0: return SignalInfo::fault(kSigFpe, kCodeFpeDivide, guest.rip);
    case 1: return SignalInfo::fault(kSigTrap, kCodeTrapStep, guest.rip);
    case 3: return SignalInfo::plain(kSigTrap, kCodeKernel);
    case 6: return SignalInfo::fault(kSigIll, kCodeIllOpcode, guest.rip);
    case 11: case 12: return SignalInfo::plain(kSigBus, kCodeKernel);
    case 16: {
      const std::uint32_t control = read_vector_u16(guest, 0);
      const std::uint32_t status = read_vector_u16(guest, 2);
      return SignalInfo::fault(kSigFpe, float_code(status & ~control & 0x3f), guest.rip);
    }
    case 17: return SignalInfo::plain(kSigBus, kCodeBusAlign);
    case 19: {
      const std::uint32_t mxcsr = read_vector_u16(guest, 24);
      return SignalInfo::fault(kSigFpe, float_code(mxcsr & ~(mxcsr >> 7) & 0x3f), guest.rip);
    }
    default: return SignalInfo::plain(kSigSegv, kCodeKernel);
  }
}

}  // namespace tessera::lx
