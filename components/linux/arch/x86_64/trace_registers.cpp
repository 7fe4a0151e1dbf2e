// SPDX-License-Identifier: Apache-2.0
#include "components/linux/trace/registers.hpp"

#include <algorithm>
#include <cstring>
#include <linux_arch/vector_state.hpp>

#include "components/linux/nucleus/carrier.hpp"
#include "components/linux/nucleus/vector_area.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/trace/stop.hpp"

namespace tessera::lx {

namespace {

constexpr std::uint64_t kTrapFlag = 0x100;
// What a tracer may set: CF PF AF ZF SF TF DF OF RF NT AC.
constexpr std::uint64_t kFreeFlags = 0x1 | 0x4 | 0x10 | 0x40 | 0x80 | 0x100 | 0x400 | 0x800 | 0x4000 | 0x1'0000 | 0x4'0000;
constexpr std::size_t kRax = 10, kOriginalRax = 15, kRip = 16, kCs = 17, kFlags = 18, kSs = 20, kFsBase = 21,
                      kGsBase = 22, kDs = 23, kEs = 24, kFs = 25, kGs = 26;
constexpr std::uint64_t kUserBytes = 928;  // sizeof(struct user)

// The errors with which an interrupted call asks to start again, as rax shows them.
constexpr std::int64_t kFirstRestart = 512, kLastRestart = 516;

bool selector_fits(std::uint64_t value) { return value <= 0xffff && (value == 0 || (value & 3) == 3); }

constexpr std::size_t kFloatingBytes = 512;
constexpr std::size_t kMarksOffset = 464, kHeaderOffset = 512;
constexpr std::uint64_t kX87 = 1, kSse = 2;

std::uint64_t u64_at(std::span<const std::byte> bytes, std::size_t offset) {
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.subspan(offset, sizeof value).data(), sizeof value);
  return value;
}
void put_u64(std::span<std::byte> bytes, std::size_t offset, std::uint64_t value) {
  std::memcpy(bytes.subspan(offset, sizeof value).data(), &value, sizeof value);
}

std::span<std::byte> area_of(Thread& thread) {
  Registers& guest = thread.registers();
  return std::as_writable_bytes(std::span(guest.extended)).first(vector_state_bytes(guest));
}

}  // namespace

bool trap_flag(const Registers& guest) { return (guest.rflags & kTrapFlag) != 0; }
void set_trap_flag(Registers& guest, bool on) { guest.rflags = on ? guest.rflags | kTrapFlag : guest.rflags & ~kTrapFlag; }

UserRegisters user_registers(Thread& thread) {
  const Registers& g = thread.registers();
  const std::uint64_t rax = thread.restart ? static_cast<std::uint64_t>(-static_cast<std::int64_t>(*thread.restart)) : g.rax;
  return {g.r15, g.r14, g.r13, g.r12, g.rbp, g.rbx, g.r11, g.r10, g.r9, g.r8, rax, g.rcx, g.rdx, g.rsi, g.rdi,
          thread.system_call, g.rip, tessera::abi::kSystemCallGuestSelectorCode, g.rflags, g.rsp,
          tessera::abi::kSystemCallGuestSelectorStack, g.fs_base, g.gs_base, 0, 0, 0, 0};
}

static Result<void> set_user_registers(Thread& thread, const UserRegisters& wanted) {
  for (const std::size_t selector : {kCs, kSs, kDs, kEs, kFs, kGs})
    if (!selector_fits(wanted.at(selector))) return fail(Errno::eio);
  if (wanted.at(kCs) == 0 || wanted.at(kSs) == 0) return fail(Errno::eio);
  if (wanted.at(kFsBase) >= kGuestLimit || wanted.at(kGsBase) >= kGuestLimit) return fail(Errno::eio);
  Registers& g = thread.registers();
  g.r15 = wanted.at(0), g.r14 = wanted.at(1), g.r13 = wanted.at(2), g.r12 = wanted.at(3), g.rbp = wanted.at(4);
  g.rbx = wanted.at(5), g.r11 = wanted.at(6), g.r10 = wanted.at(7), g.r9 = wanted.at(8), g.r8 = wanted.at(9);
  g.rax = wanted.at(kRax), g.rcx = wanted.at(11), g.rdx = wanted.at(12), g.rsi = wanted.at(13), g.rdi = wanted.at(14);
  g.rip = wanted.at(kRip), g.rsp = wanted.at(19), g.fs_base = wanted.at(kFsBase);
  g.rflags = (g.rflags & ~kFreeFlags) | (wanted.at(kFlags) & kFreeFlags);
  if (g.gs_base != wanted.at(kGsBase)) {
    claim_vectors(g);
    g.gs_base = wanted.at(kGsBase);
  }
  // In a call or not, and whether it starts again, follows from what is in the registers.
  thread.system_call = wanted.at(kOriginalRax);
  const std::int64_t result = -static_cast<std::int64_t>(wanted.at(kRax));
  const bool again = static_cast<std::int64_t>(thread.system_call) >= 0 && result >= kFirstRestart && result <= kLastRestart;
  if (again) thread.restart = static_cast<Errno>(result);
  else thread.restart.reset();
  return {};
}

Result<std::uint64_t> peek_user(Thread& thread, std::uint64_t offset) {
  if (offset % 8 != 0 || offset >= kUserBytes) return fail(Errno::eio);
  const UserRegisters registers = user_registers(thread);
  const auto index = static_cast<std::size_t>(offset / 8);
  return index < registers.size() ? registers.at(index) : 0;
}

Result<void> poke_user(Thread& thread, std::uint64_t offset, std::uint64_t value) {
  if (offset % 8 != 0 || offset >= kUserBytes) return fail(Errno::eio);
  UserRegisters registers = user_registers(thread);
  const auto index = static_cast<std::size_t>(offset / 8);
  if (index >= registers.size()) return value == 0 ? Result<void>{} : fail(Errno::eio);
  registers.at(index) = value;
  return set_user_registers(thread, registers);
}

// Components that are in their initial state are written out as such.
static void read_extended_state(Thread& thread, std::span<std::byte> to) {
  const auto area = area_of(thread);
  std::memcpy(to.data(), area.data(), to.size());
  // What the header says is in its initial state is not in the area (Intel SDM 1, 13.6).
  const std::uint64_t present = u64_at(area, kLegacyVectorBytes);
  if ((present & kX87) == 0) {
    std::memset(to.first(24).data(), 0, 24);
    put_u64(to, 0, 0x37f);
    std::memset(to.subspan(32, 128).data(), 0, 128);
  }
  if ((present & kSse) == 0) std::memset(to.subspan(160, 256).data(), 0, 256);
  std::memset(to.subspan(416, 96).data(), 0, 96);
  if (to.size() > kLegacyVectorBytes) put_u64(to, kMarksOffset, thread.registers().extended_features);
}

namespace {

Result<void> take_legacy(Thread& thread, std::span<const std::byte> from) {
  const auto area = area_of(thread);
  const auto mask_at = [](std::span<const std::byte> bytes) { return static_cast<std::uint32_t>(u64_at(bytes, 24) >> 32); };
  const std::uint32_t mask = mask_at(area) != 0 ? mask_at(area) : 0xffbf;
  const auto control = static_cast<std::uint32_t>(u64_at(from, 24));
  if ((control & ~mask) != 0) return fail(Errno::einval);
  claim_vectors(thread.registers());
  std::memcpy(area.data(), from.data(), kMarksOffset);
  put_u64(area, 24, control | std::uint64_t{mask} << 32);
  return {};
}

}  // namespace

static Result<void> write_floating_state(Thread& thread, std::span<const std::byte, kFloatingBytes> from) {
  const auto area = area_of(thread);
  const std::uint64_t present = u64_at(area, kHeaderOffset);
  TRY(take_legacy(thread, from));
  put_u64(area, kHeaderOffset, present | kX87 | kSse);
  return {};
}

static Result<void> write_extended_state(Thread& thread, std::span<const std::byte> from) {
  const auto area = area_of(thread);
  const Registers& guest = thread.registers();
  if (from.size() != area.size()) return fail(Errno::efault);
  const std::uint64_t features = u64_at(from, kHeaderOffset);
  if ((features & ~(guest.extended_features | kX87 | kSse)) != 0) return fail(Errno::einval);
  for (std::size_t at = kHeaderOffset + 8; at < kHeaderOffset + kVectorHeaderBytes; at += 8)
    if (u64_at(from, at) != 0) return fail(Errno::einval);
  TRY(take_legacy(thread, from));
  const std::size_t rest = kHeaderOffset + kVectorHeaderBytes;
  put_u64(area, kHeaderOffset, features);
  std::memcpy(area.subspan(rest).data(), from.subspan(rest).data(), area.size() - rest);
  return {};
}

bool has_register_set(std::uint64_t set) { return set == kGeneralSet || set == kFloatingSet || set == kExtendedSet; }

std::vector<std::byte> read_register_set(Thread& thread, std::uint64_t set) {
  std::vector<std::byte> bytes;
  if (set == kGeneralSet) {
    const UserRegisters registers = user_registers(thread);
    const auto all = std::as_bytes(std::span(registers));
    bytes.assign(all.begin(), all.end());
  } else {
    bytes.resize(set == kFloatingSet ? kFloatingBytes : vector_state_bytes(thread.registers()));
    read_extended_state(thread, bytes);
  }
  return bytes;
}

Result<void> write_register_set(Thread& thread, std::uint64_t set, std::span<const std::byte> bytes, std::size_t given) {
  if (set == kGeneralSet) {
    UserRegisters registers{};
    std::ranges::copy(bytes, std::as_writable_bytes(std::span(registers)).begin());
    return set_user_registers(thread, registers);
  }
  if (set == kFloatingSet) return write_floating_state(thread, bytes.first<kFloatingBytes>());
  if (given < bytes.size()) return fail(Errno::efault);
  return write_extended_state(thread, bytes);
}

}  // namespace tessera::lx
