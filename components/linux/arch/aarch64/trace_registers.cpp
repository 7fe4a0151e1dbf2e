// SPDX-License-Identifier: Apache-2.0
#include "components/linux/trace/registers.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "components/linux/arch/aarch64/pointer_keys.hpp"
#include "components/linux/nucleus/vector_area.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/trace/tracee.hpp"

namespace tessera::lx {

namespace {

constexpr std::size_t kX7 = 7, kSp = 31, kPc = 32, kState = 33;
// NZCV and what else the nucleus lets a guest have; mode and interrupt masks must be zero.
constexpr std::uint64_t kMode = 0x1f, kInterruptMasks = 0x3c0, kFreeState = 0xf000'0000 | 1 << 25 | 1 << 24 | 1 << 12 | 0xc00;

// struct user_fpsimd_state: V0 to V31, FPSR, FPCR and two words of padding.
constexpr std::size_t kVectorBytes = 512, kFloatingBytes = kVectorBytes + 16, kStatusOffset = 512, kControlOffset = 520;

bool at_call(const Thread& thread) {
  return thread.traced && (thread.traced->stop == StopKind::call_entry || thread.traced->stop == StopKind::call_exit);
}

bool at_signal(const Thread& thread) {
  return thread.traced && (thread.traced->stop == StopKind::signal || thread.traced->stop == StopKind::group);
}

// A stop with a signal is after the call that it interrupted was made ready to start again.
bool shows_restart(const Thread& thread) { return thread.restart && !at_call(thread); }

template <typename T>
std::vector<std::byte> bytes_of(const T& value) {
  const auto all = std::as_bytes(std::span(&value, 1));
  return {all.begin(), all.end()};
}

std::vector<std::byte> read_vectors(const Registers& guest) {
  std::vector<std::byte> bytes(kFloatingBytes);
  const auto state = std::as_bytes(std::span(guest.extended));
  std::ranges::copy(state.first(kVectorBytes), bytes.begin());
  std::memcpy(std::span(bytes).subspan(kVectorBytes, 4).data(), state.subspan(kStatusOffset, 4).data(), 4);
  std::memcpy(std::span(bytes).subspan(kVectorBytes + 4, 4).data(), state.subspan(kControlOffset, 4).data(), 4);
  return bytes;
}

void write_vectors(Registers& guest, std::span<const std::byte> bytes) {
  claim_vectors(guest);
  const auto state = std::as_writable_bytes(std::span(guest.extended));
  std::ranges::copy(bytes.first(kVectorBytes), state.begin());
  std::ranges::fill(state.subspan(kStatusOffset, 16), std::byte{0});
  std::memcpy(state.subspan(kStatusOffset, 4).data(), bytes.subspan(kVectorBytes, 4).data(), 4);
  std::memcpy(state.subspan(kControlOffset, 4).data(), bytes.subspan(kVectorBytes + 4, 4).data(), 4);
}

Result<void> set_user_registers(Thread& thread, const UserRegisters& wanted) {
  if ((wanted[kState] & (kMode | kInterruptMasks)) != 0) return fail(Errno::einval);
  Registers& g = thread.registers();
  const std::uint64_t pc = g.pc, x7 = g.x7, x0 = g.x0;
  g.x0 = wanted[0], g.x1 = wanted[1], g.x2 = wanted[2], g.x3 = wanted[3], g.x4 = wanted[4], g.x5 = wanted[5], g.x6 = wanted[6];
  g.x7 = at_call(thread) ? x7 : wanted[kX7], g.x8 = wanted[8], g.x9 = wanted[9], g.x10 = wanted[10], g.x11 = wanted[11];
  g.x12 = wanted[12], g.x13 = wanted[13], g.x14 = wanted[14], g.x15 = wanted[15], g.x16 = wanted[16], g.x17 = wanted[17];
  g.x18 = wanted[18], g.x19 = wanted[19], g.x20 = wanted[20], g.x21 = wanted[21], g.x22 = wanted[22], g.x23 = wanted[23];
  g.x24 = wanted[24], g.x25 = wanted[25], g.x26 = wanted[26], g.x27 = wanted[27], g.x28 = wanted[28], g.x29 = wanted[29];
  g.x30 = wanted[30], g.sp = wanted[kSp], g.pc = wanted[kPc], g.pstate = wanted[kState] & kFreeState;
  if (!thread.restart) return {};
  // A call that is to start again does so unless the tracer sends the thread elsewhere.
  if (at_call(thread)) {
    if (wanted[0] == static_cast<std::uint64_t>(-static_cast<std::int64_t>(*thread.restart)) && wanted[kPc] == pc) g.x0 = x0;
    else thread.restart.reset();
  } else if (wanted[kPc] == pc - kCallInstructionBytes) {
    g.pc = pc;
  } else {
    thread.restart.reset();
  }
  return {};
}

}  // namespace

bool trap_flag(const Registers& guest) { return guest.single_step != 0; }
void set_trap_flag(Registers& guest, bool on) {
  constexpr std::uint64_t kStep = 1 << 21;  // PSTATE.SS
  guest.single_step = on ? 1 : 0;
  guest.pstate = on ? guest.pstate | kStep : guest.pstate & ~kStep;
}

// At a call's stops X7 tells which of the two it is.
UserRegisters user_registers(Thread& thread) {
  const Registers& g = thread.registers();
  UserRegisters all{g.x0,  g.x1,  g.x2,  g.x3,  g.x4,  g.x5,  g.x6,  g.x7,  g.x8,  g.x9,  g.x10, g.x11, g.x12, g.x13, g.x14, g.x15, g.x16,
                    g.x17, g.x18, g.x19, g.x20, g.x21, g.x22, g.x23, g.x24, g.x25, g.x26, g.x27, g.x28, g.x29, g.x30, g.sp,  g.pc,  g.pstate & kFreeState};
  if (shows_restart(thread)) all[kPc] -= kCallInstructionBytes;
  if (at_call(thread)) {
    const bool exit = thread.traced->stop == StopKind::call_exit;
    all[kX7] = exit ? 1 : 0;
    if (exit && thread.restart) all[0] = static_cast<std::uint64_t>(-static_cast<std::int64_t>(*thread.restart));
  }
  return all;
}

bool has_register_set(std::uint64_t set) {
  if (set == kSignatureSet || set == kEnabledKeysSet) return has_address_keys();
  return set == kGeneralSet || set == kFloatingSet || set == kThreadPointerSet || set == kCallSet;
}

std::vector<std::byte> read_register_set(Thread& thread, std::uint64_t set) {
  switch (set) {
    case kGeneralSet: return bytes_of(user_registers(thread));
    case kFloatingSet: return read_vectors(thread.registers());
    case kThreadPointerSet: return bytes_of(thread.registers().tpidr);
    case kSignatureSet: return bytes_of(std::array{kSignatureBits, kSignatureBits});  // of data, of instructions
    case kEnabledKeysSet: return bytes_of(enabled_keys(thread.registers()));
    // At a stop with a signal the call is forgotten, as on Linux: it starts again, or is over.
    default: return bytes_of(static_cast<std::int32_t>(at_signal(thread) ? kNoCall : thread.system_call));
  }
}

Result<void> write_register_set(Thread& thread, std::uint64_t set, std::span<const std::byte> bytes, std::size_t) {
  switch (set) {
    case kGeneralSet: {
      UserRegisters registers{};
      std::ranges::copy(bytes, std::as_writable_bytes(std::span(registers)).begin());
      return set_user_registers(thread, registers);
    }
    case kFloatingSet: write_vectors(thread.registers(), bytes); return {};
    case kThreadPointerSet: std::memcpy(&thread.registers().tpidr, bytes.data(), sizeof(std::uint64_t)); return {};
    case kSignatureSet: return fail(Errno::eopnotsupp);
    case kEnabledKeysSet: {
      std::uint64_t keys = 0;
      std::memcpy(&keys, bytes.data(), sizeof keys);
      if ((keys & ~kAddressKeys) != 0) return fail(Errno::einval);
      claim_vectors(thread.registers());
      enable_keys(thread.registers(), keys);
      return {};
    }
    default: {
      std::int32_t number = 0;
      std::memcpy(&number, bytes.data(), sizeof number);
      thread.system_call = number == -1 ? kNoCall : static_cast<std::uint32_t>(number);
      return {};
    }
  }
}

Result<std::uint64_t> peek_user(Thread&, std::uint64_t) { return fail(Errno::eio); }
Result<void> poke_user(Thread&, std::uint64_t, std::uint64_t) { return fail(Errno::eio); }

}  // namespace tessera::lx
