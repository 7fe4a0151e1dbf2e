// SPDX-License-Identifier: Apache-2.0
// IoPorts, Log and Machine: the invocations that reach hardware.
#include <algorithm>
#include <array>
#include <string_view>

#include "kernel/boot/memory_map.hpp"
#include "kernel/iommu/devices.hpp"
#include "kernel/ipc/invocation.hpp"
#include "kernel/object/derivation.hpp"
#include "kernel/object/derive.hpp"
#include "kernel/object/dma_methods.hpp"
#include "kernel/object/interrupt.hpp"
#include "kernel/object/io_ports.hpp"
#include "kernel/object/make.hpp"
#include "kernel/object/untyped.hpp"
#include "kernel/sched/cores.hpp"
#include "kernel/support/log.hpp"

namespace tessera::nucleus {

Error invoke_io_ports(Invocation& call) {
  if constexpr (!arch::kHasIoPorts) return Error::unsupported;
  const std::uint64_t first = call.slot.object & 0xffff, last = call.slot.object >> 16;
  const std::uint64_t port = call.argument(0), bytes = call.argument(1);
  if (bytes != 1 && bytes != 2 && bytes != 4) return Error::bad_argument;
  if (port < first || port > last || bytes - 1 > last - port) return Error::bad_argument;
  switch (static_cast<abi::IoPortsMethod>(call.method)) {
    case abi::IoPortsMethod::read:
      if (!call.slot.has(abi::kRightRead)) return Error::no_right;
      call.result(0, arch::port_read(static_cast<std::uint16_t>(port), static_cast<unsigned>(bytes)));
      return Error::ok;
    case abi::IoPortsMethod::write:
      if (!call.slot.has(abi::kRightWrite)) return Error::no_right;
      arch::port_write(static_cast<std::uint16_t>(port), static_cast<unsigned>(bytes),
                       static_cast<std::uint32_t>(call.argument(2)));
      return Error::ok;
  }
  return Error::bad_call;
}

// Copies text out of the message page: it may change while it is read.
template <std::size_t kSize>
static std::string_view text_of(const Thread& thread, std::array<char, kSize>& buffer, std::uint64_t bytes) {
  for (std::uint64_t i = 0; i < bytes; ++i) {
    const std::uint64_t word = thread.message->words[abi::kRegisterWords + i / 8];
    buffer[i] = static_cast<char>(word >> (8 * (i % 8)));
  }
  return std::string_view(buffer.data(), bytes);
}

Error invoke_log(Invocation& call) {
  if (call.thread.message == nullptr) return Error::not_configured;
  switch (static_cast<abi::LogMethod>(call.method)) {
    case abi::LogMethod::write: {
      if (!call.slot.has(abi::kRightWrite)) return Error::no_right;
      std::array<char, 448> buffer;
      if (call.argument(0) == 0 || call.argument(0) > buffer.size()) return Error::bad_argument;
      log_component(call.slot.badge, text_of(call.thread, buffer, call.argument(0)));
      return Error::ok;
    }
    case abi::LogMethod::name: {
      if (!call.slot.has(abi::kRightManage) || call.slot.badge != 0) return Error::no_right;
      std::array<char, 31> buffer;
      if (call.argument(1) == 0 || call.argument(1) > buffer.size()) return Error::bad_argument;
      return name_component(call.argument(0), text_of(call.thread, buffer, call.argument(1))) ? Error::ok : Error::bad_argument;
    }
  }
  return Error::bad_call;
}

static Error make_interrupt(Invocation& call) REQUIRES(object_lock) {
  const auto untyped = call.capability(2, ObjectType::untyped, abi::kRightManage);
  if (!untyped) return untyped.error();
  const auto target = call.destination(3, call.argument(4));
  if (!target) return target.error();
  if (call.argument(1) > 3) return Error::bad_argument;
  const std::uint64_t bytes = unwrap(bytes_of(ObjectType::interrupt, 0));
  const std::uint64_t start = align_up(UntypedState::of(**untyped).watermark, bytes);
  if (start + bytes > untyped_bytes(**untyped)) return Error::no_memory;
  if (const auto passed = cross(**untyped, ObjectType::interrupt, namespace_of(**target), {call.thread}); !passed) {
    return passed.error();
  }
  if (!can_charge(*namespace_of(**untyped), Resource::memory, bytes)) return Error::over_limit;
  const PhysAddr at{(*untyped)->object + start};
  arch::zero_bytes(direct<std::byte>(at), bytes);
  const bool of_faults = call.argument(0) == abi::kDmaFaults;
  if (of_faults && !dma_units.present()) return Error::unsupported;
  if (of_faults && dma_units.tells_faults()) return Error::busy;
  const std::uint64_t source = of_faults ? dma_units.fault_source() : call.argument(0);
  const auto route = arch::allocate_interrupt(source, call.argument(1));
  if (!route) return route.error();
  make_object(**target, ObjectType::interrupt, 0, at, nullptr);
  auto& interrupt = *(*target)->as<Interrupt>();
  interrupt.vector = route->vector;
  interrupt.flags = of_faults ? Interrupt::kPulses : static_cast<std::uint16_t>(call.argument(1));
  interrupt.source = source;
  arch::connect_interrupt(interrupt);
  if (of_faults) dma_units.tell_faults(route->message_address, route->message_data);
  link_child(*untyped, **target);
  hand_out(**untyped, start + bytes, bytes);
  call.result(0, Handle::make(call.argument(4), (*target)->generation).value);
  call.result(1, route->message_address);
  call.result(2, route->message_data);
  return Error::ok;
}

// Fills a slot with a capability that stands for hardware and hangs it under the
// Machine, so that revoking there takes all of them.
static void fill(Slot& machine, Slot& target, ObjectType type, std::uint64_t object, std::uint8_t rights) REQUIRES(object_lock) {
  target.type = type;
  target.object = object;
  target.rights = rights;
  link_child(&machine, target);
}

static Error make_io_ports(Invocation& call) REQUIRES(object_lock) {
  if constexpr (!arch::kHasIoPorts) return Error::unsupported;
  const std::uint64_t first = call.argument(0), last = call.argument(1);
  if (first > last || last > 0xffff) return Error::bad_argument;
  if (arch::ports_reserved(first, last)) return Error::overlap;
  const auto target = call.destination(2, call.argument(3));
  if (!target) return target.error();
  fill(call.slot, **target, ObjectType::io_ports, first | (last << 16), abi::kRightRead | abi::kRightWrite);
  call.result(0, Handle::make(call.argument(3), (*target)->generation).value);
  return Error::ok;
}

static Error make_device_memory(Invocation& call) REQUIRES(object_lock) {
  const std::uint64_t base = call.argument(0), bits = call.argument(1);
  if (bits < kPageBits || bits > 40 || !aligned(base, std::uint64_t{1} << bits) || base >> 48 != 0) return Error::bad_argument;
  const std::uint64_t bytes = std::uint64_t{1} << bits;
  if (ram_overlaps(PhysAddr{base}, bytes) || arch::device_reserved(PhysAddr{base}, bytes) || dma_units.reserves(PhysAddr{base}, bytes)) return Error::overlap;
  const auto target = call.destination(2, call.argument(3));
  if (!target) return target.error();
  fill(call.slot, **target, ObjectType::memory, base, abi::kRightRead | abi::kRightWrite);
  (*target)->badge = kMemoryDevice;
  (*target)->extra = bytes;
  call.result(0, Handle::make(call.argument(3), (*target)->generation).value);
  return Error::ok;
}

static std::uint8_t right_for(abi::MachineMethod method) {
  if (method == abi::MachineMethod::info) return 0;
  return method == abi::MachineMethod::measure_interrupts_off ? abi::kRightWrite : abi::kRightManage;
}

Error invoke_machine(Invocation& call) {
  const auto method = static_cast<abi::MachineMethod>(call.method);
  if (!call.slot.has(right_for(method))) return Error::no_right;
  switch (method) {
    case abi::MachineMethod::power_off:
      if (call.argument(0) > 255) return Error::bad_argument;
      log_end(protocol::log::kPowerOff, call.argument(0));
      arch::power_off();
    case abi::MachineMethod::make_interrupt: return make_interrupt(call);
    case abi::MachineMethod::make_io_ports: return make_io_ports(call);
    case abi::MachineMethod::make_device_memory: return make_device_memory(call);
    case abi::MachineMethod::assign_device: return assign_device(call);
    case abi::MachineMethod::take_dma_fault: return take_dma_fault(call);
    case abi::MachineMethod::measure_interrupts_off: {
      if (call.argument(0) > 1) return Error::bad_argument;
      Core& core = this_core();
      core.measuring = call.argument(0) == 1;
      core.stretch_start = arch::now_ticks();
      if (core.measuring) core.longest_stretch = 0;
      return Error::ok;
    }
    case abi::MachineMethod::info: {
      const LockWaits waits = lock_waits();
      call.result(0, arch::now_ns());
      call.result(1, core_count());
      call.result(2, arch::ticks_to_ns(this_core().longest_stretch));
      call.result(3, waits.count);
      call.result(4, arch::ticks_to_ns(waits.ticks));
      return Error::ok;
    }
  }
  return Error::bad_call;
}

}  // namespace tessera::nucleus
