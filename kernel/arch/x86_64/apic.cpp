// SPDX-License-Identifier: Apache-2.0
#include "apic.hpp"

#include <algorithm>

#include "arch.hpp"
#include "device_map.hpp"
#include "features.hpp"

namespace tessera::nucleus::arch {

namespace {

enum class Register : std::uint32_t {
  id = 0x20, task_priority = 0x80, end_of_interrupt = 0xb0, spurious = 0xf0, timer = 0x320, lint0 = 0x350, lint1 = 0x360,
  error = 0x370, command = 0x300, command_target = 0x310, initial_count = 0x380, current_count = 0x390, divide = 0x3e0,
};

volatile std::uint32_t* registers;  // xAPIC only
std::uint64_t ticks_scale;          // APIC ticks per TSC tick, 32.32

#pragma clang unsafe_buffer_usage begin
std::uint32_t read(Register which) {
  const auto offset = static_cast<std::uint32_t>(which);
  if (registers == nullptr) return static_cast<std::uint32_t>(read_msr(0x800 + offset / 16));
  return registers[offset / 4];
}
void write(Register which, std::uint32_t value) {
  const auto offset = static_cast<std::uint32_t>(which);
  if (registers == nullptr) {
    write_msr(0x800 + offset / 16, value);
  } else {
    registers[offset / 4] = value;
  }
}
#pragma clang unsafe_buffer_usage end

// Intel SDM 3, 11.6.1. A number above 254 is a core's only with x2APIC, which is on then.
void send(std::uint32_t id, std::uint32_t command) {
  if (registers == nullptr) {
    write_msr(0x830, std::uint64_t{id} << 32 | command);
    return;
  }
  constexpr std::uint32_t kPending = 1u << 12;
  write(Register::command_target, id << 24);
  write(Register::command, command);
  while ((read(Register::command) & kPending) != 0) {}
}

constexpr std::uint32_t kMasked = 1u << 16;
constexpr std::uint32_t kDeadlineMode = 2u << 17;

}  // namespace

void start_local_apic() {
  if (!features().x2apic) {
    const std::uint64_t page = read_msr(kMsrApicBase) & 0x000f'ffff'ffff'f000;
    registers = reinterpret_cast<volatile std::uint32_t*>(map_device_page(PhysAddr{page}));
  }
  enable_local_apic();
}

void enable_local_apic() {
  constexpr std::uint64_t kExtended = 1u << 10, kEnabled = 1u << 11;
  write_msr(kMsrApicBase, read_msr(kMsrApicBase) | kEnabled | (features().x2apic ? kExtended : 0));
  write(Register::task_priority, 0);
  write(Register::lint0, kMasked);
  write(Register::lint1, kMasked);
  write(Register::error, kMasked | 0xfe);
  write(Register::spurious, 0x100 | kSpuriousVector);
  write(Register::divide, 0xb);  // by 1
  write(Register::timer, kMasked | kTimerVector);
}

void send_init(std::uint32_t id) { send(id, 0x4500); }
void send_start(std::uint32_t id, unsigned page) { send(id, 0x4600 | page); }

void send_interrupt(std::uint32_t id, unsigned vector) { send(id, 0x4000 | vector); }

void end_of_interrupt() { write(Register::end_of_interrupt, 0); }

std::uint32_t local_apic_id() {
  const std::uint32_t id = read(Register::id);
  return registers == nullptr ? id : id >> 24;
}

void start_apic_count() { write(Register::initial_count, 0xffffffff); }
std::uint32_t read_apic_count() { return read(Register::current_count); }

void set_apic_rate(std::uint64_t apic_ticks, std::uint64_t tsc_ticks) {
  ticks_scale = divide_scaled(apic_ticks, tsc_ticks);
  enable_core_timer();
}

void enable_core_timer() {
  write(Register::initial_count, 0);
  write(Register::timer, kTimerVector | (features().tsc_deadline ? kDeadlineMode : 0));
}

void arm_timer(std::uint64_t deadline_ticks) {
  if (features().tsc_deadline) {
    write_msr(kMsrTscDeadline, deadline_ticks);
    return;
  }
  const std::uint64_t now = read_tsc();
  const std::uint64_t ticks = deadline_ticks > now ? deadline_ticks - now : 1;
  const auto count = static_cast<std::uint64_t>((static_cast<unsigned __int128>(ticks) * ticks_scale) >> 32);
  // Longer waits end early and are armed again.
  write(Register::initial_count, static_cast<std::uint32_t>(std::clamp<std::uint64_t>(count + 1, 1, 0xfffffff0)));
}

}  // namespace tessera::nucleus::arch
