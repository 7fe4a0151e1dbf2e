// SPDX-License-Identifier: Apache-2.0
#include <linux_arch/registers.hpp>

#include <algorithm>
#include <cstring>

#include "components/linux/arch/aarch64/pointer_keys.hpp"
#include "components/linux/nucleus/vector_area.hpp"

namespace tessera::lx {

namespace {

// V0 to V31, FPSR, FPCR.
constexpr std::size_t kVectorBytes = 32 * 16 + 2 * 8;

// Exception classes.
constexpr std::uint64_t kSignature = 0x1c, kPcAlignment = 0x22, kSpAlignment = 0x26, kFloat = 0x2c, kBreakpointHere = 0x30, kStepHere = 0x32,
                        kWatchpointHere = 0x34, kBreakpointInstruction = 0x3c;
constexpr std::int32_t kCodeTrapHardware = 4;

// Fault status codes that page tables cannot help (ISS encoding of an abort).
constexpr std::uint64_t kStatusMask = 0x3f, kAlignmentFault = 0x21;

// SIGFPE's code from the exception bits, in the order Linux looks at them.
std::int32_t float_code(std::uint64_t code) {
  constexpr std::uint64_t kTold = 1 << 23;  // TFV
  if ((code & kTold) == 0) return 0;
  if ((code & 1) != 0) return kCodeFpeInvalid;
  if ((code & 2) != 0) return 3;   // FPE_FLTDIV
  if ((code & 4) != 0) return 4;   // FPE_FLTOVF
  if ((code & 8) != 0) return 5;   // FPE_FLTUND
  if ((code & 16) != 0) return 6;  // FPE_FLTRES
  return 0;
}

// An abort that is no page's: misaligned, or the bus answered with an error.
SignalInfo abort_signal(const Registers& guest) {
  const bool aligned = (guest.fault_code & kStatusMask) != kAlignmentFault;
  return SignalInfo::fault(kSigBus, aligned ? kCodeBusObject : kCodeBusAlign, fault_address(guest));
}

bool tells_address(const Registers& guest) { return guest.vector == kInstructionAbort || guest.vector == kDataAbort; }

}  // namespace

void reset_registers(Registers& guest, std::uint64_t entry, std::uint64_t stack) {
  guest.x0 = guest.x1 = guest.x2 = guest.x3 = guest.x4 = guest.x5 = guest.x6 = guest.x7 = 0;
  guest.x8 = guest.x9 = guest.x10 = guest.x11 = guest.x12 = guest.x13 = guest.x14 = guest.x15 = 0;
  guest.x16 = guest.x17 = guest.x18 = guest.x19 = guest.x20 = guest.x21 = guest.x22 = guest.x23 = 0;
  guest.x24 = guest.x25 = guest.x26 = guest.x27 = guest.x28 = guest.x29 = guest.x30 = 0;
  guest.pc = entry;
  guest.sp = stack;
  guest.pstate = guest.tpidr = guest.single_step = 0;
  claim_vectors(guest);
  std::memset(guest.extended.data(), 0, kVectorBytes);
  guest.report_switch = 0;
  draw_keys(guest, kAddressKeys | kGenericKey);
  enable_keys(guest, kAddressKeys);
}

void copy_registers(Registers& to, const Registers& from) {
  to.x0 = from.x0, to.x1 = from.x1, to.x2 = from.x2, to.x3 = from.x3, to.x4 = from.x4, to.x5 = from.x5;
  to.x6 = from.x6, to.x7 = from.x7, to.x8 = from.x8, to.x9 = from.x9, to.x10 = from.x10, to.x11 = from.x11;
  to.x12 = from.x12, to.x13 = from.x13, to.x14 = from.x14, to.x15 = from.x15, to.x16 = from.x16, to.x17 = from.x17;
  to.x18 = from.x18, to.x19 = from.x19, to.x20 = from.x20, to.x21 = from.x21, to.x22 = from.x22, to.x23 = from.x23;
  to.x24 = from.x24, to.x25 = from.x25, to.x26 = from.x26, to.x27 = from.x27, to.x28 = from.x28, to.x29 = from.x29;
  to.x30 = from.x30, to.sp = from.sp, to.pc = from.pc, to.pstate = from.pstate, to.tpidr = from.tpidr;
  claim_vectors(to);
  std::copy_n(from.extended.begin(), kVectorBytes, to.extended.begin());
  to.single_step = from.single_step;
  to.report_switch = from.report_switch;
  to.keys = from.keys;
  to.key_control = from.key_control;
}

// Of an address above their own programs are told no more than that nothing is there.
Trap fault_trap(const Registers& guest) {
  constexpr std::uint64_t kLevelZero = 4, kKeptOfData = 0xff00'0000 | 1 << 25 | 1 << 8 | 1 << 6;
  std::uint64_t code = guest.fault_code;
  if (fault_address(guest) >= kGuestLimit) code = (code & kKeptOfData) | kLevelZero;
  return {.number = 0, .error = code, .address = fault_address(guest)};
}

Trap exception_trap(const Registers& guest, const Trap& last) {
  switch (guest.vector) {
    case kInstructionAbort: case kDataAbort: return {.number = 0, .error = guest.fault_code, .address = fault_address(guest)};
    case kBreakpointHere: case kStepHere: case kWatchpointHere: case kBreakpointInstruction: case kFloat: return last;
    case kSignature: case kPcAlignment: case kSpAlignment: return {.number = 0, .error = guest.fault_code, .address = 0};
    default: return {};  // an undefined instruction
  }
}

SignalInfo exception_signal(const Registers& guest) {
  if (tells_address(guest)) return abort_signal(guest);
  switch (guest.vector) {
    case kSignature: return SignalInfo::fault(kSigIll, 2, guest.pc);  // ILL_ILLOPN
    case kPcAlignment: return SignalInfo::fault(kSigBus, kCodeBusAlign, guest.pc);
    case kSpAlignment: return SignalInfo::fault(kSigBus, kCodeBusAlign, guest.sp);
    case kFloat: return SignalInfo::fault(kSigFpe, float_code(guest.fault_code), guest.pc);
    case kBreakpointHere: case kWatchpointHere: return SignalInfo::fault(kSigTrap, kCodeTrapHardware, guest.pc);
    case kStepHere: return SignalInfo::fault(kSigTrap, kCodeTrapStep, guest.pc);
    case kBreakpointInstruction: return SignalInfo::fault(kSigTrap, kCodeTrapBreak, guest.pc);
    default: return SignalInfo::fault(kSigIll, 1, guest.pc);  // ILL_ILLOPC
  }
}

}  // namespace tessera::lx
