// SPDX-License-Identifier: Apache-2.0
#include "components/linux/process/restartable.hpp"

#include <array>
#include <linux_arch/registers.hpp>

#include "components/linux/core/guest_memory.hpp"
#include "components/linux/core/guest_word.hpp"
#include "components/linux/process/contract.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/signal/send.hpp"
#include "components/linux/syscall/table.hpp"

namespace tessera::lx {

namespace {

// struct rseq of Linux, as far as the kernel writes to it.
constexpr std::uint64_t kCpuPlace = 0, kSectionPlace = 8, kNodePlace = 20;
constexpr std::uint32_t kAreaBytes = 32;
constexpr std::uint64_t kAreaAlignment = 32;
constexpr std::uint32_t kNoCpu = ~std::uint32_t{0};  // RSEQ_CPU_ID_UNINITIALIZED

// struct rseq_cs.
struct Section {
  std::uint32_t version = 0, flags = 0;
  std::uint64_t start = 0, bytes = 0, handler = 0;
};

// The thread's area tells on which processor it runs. That number serves as its place
// among the running threads of the process as well: no two have the same.
Result<void> write_processor(std::uint64_t area, std::uint32_t number) {
  const bool known = number != kNoCpu;
  TRY(write_guest(area + kCpuPlace, std::array<std::uint32_t, 2>{known ? number : 0, number}));
  TRY(write_guest(area + kNodePlace, std::array<std::uint32_t, 2>{0, known ? number : 0}));  // node, place
  return {};
}

Result<void> tell_processor(Thread& thread) {
  RestartableArea& area = thread.restartable;
  if (area.processor == thread.placement.processor) return {};
  area.processor = thread.placement.processor;
  return write_processor(area.address, area.processor);
}

Result<void> restart(Thread& thread) {
  const RestartableArea& area = thread.restartable;
  const auto address = TRY(read_guest<std::uint64_t>(area.address + kSectionPlace));
  if (address == 0) [[likely]] return {};
  if (address >= kGuestLimit) return fail(Errno::einval);
  const auto section = TRY(read_guest<Section>(address));
  if (section.version != 0 || section.start >= kGuestLimit || section.handler >= kGuestLimit ||
      section.bytes >= kGuestLimit - section.start || section.handler - section.start < section.bytes)
    return fail(Errno::einval);
  if (TRY(read_guest<std::uint32_t>(section.handler - 4)) != area.signature) return fail(Errno::einval);
  const bool inside = instruction_pointer(thread.registers()) - section.start < section.bytes;
  // Flags that once kept a section from being restarted: Linux takes none any more.
  if (inside && section.flags != 0) return fail(Errno::einval);
  TRY(write_guest(area.address + kSectionPlace, std::uint64_t{0}));
  if (inside) set_instruction_pointer(thread.registers(), section.handler);
  return {};
}

void report_switches(Thread& thread) { thread.registers().report_switch = thread.restartable.address != 0 ? 1 : 0; }

Result<std::int64_t> unregister(Thread& self, const RestartableArea& named) {
  const RestartableArea& area = self.restartable;
  if (area.address == 0 || area.address != named.address || area.bytes != named.bytes) return fail(Errno::einval);
  if (area.signature != named.signature) return fail(Errno::eperm);
  TRY(write_processor(area.address, kNoCpu));
  forget_area(self);
  return 0;
}

}  // namespace

bool leave_section(Thread& thread) {
  if (thread.restartable.address == 0 || (tell_processor(thread) && restart(thread))) return true;
  force_signal(thread, SignalInfo::plain(kSigSegv, kCodeKernel));
  return false;
}

bool no_section(const Thread& thread) {
  const RestartableArea& area = thread.restartable;
  if (area.address == 0) return true;
  std::uint64_t section = 0;
  return area.processor == thread.placement.processor && peek_guest_word(area.address + kSectionPlace, section) && section == 0;
}

void section_interrupted(Thread& thread) {
  if (thread.attention) thread.check_section = true;
  else (void)leave_section(thread);
}

void forget_area(Thread& thread) {
  thread.restartable = {};
  report_switches(thread);
}

Result<std::int64_t> sys_rseq(const Arguments& arguments) {
  constexpr std::uint32_t kUnregister = 1;
  const auto flags = static_cast<std::uint32_t>(arguments[2]);
  const RestartableArea named{.address = arguments[0],
                              .bytes = static_cast<std::uint32_t>(arguments[1]),
                              .signature = static_cast<std::uint32_t>(arguments[3])};
  Thread& self = current_thread();
  const RestartableArea& area = self.restartable;
  if ((flags & kUnregister) != 0) return flags != kUnregister ? fail(Errno::einval) : unregister(self, named);
  if (flags != 0) return fail(Errno::einval);
  if (area.address != 0) {
    if (area.address != named.address || area.bytes != named.bytes) return fail(Errno::einval);
    return fail(area.signature != named.signature ? Errno::eperm : Errno::ebusy);
  }
  if (named.bytes < kAreaBytes || named.address % kAreaAlignment != 0) return fail(Errno::einval);
  if (named.address >= kGuestLimit || named.bytes > kGuestLimit - named.address || named.address == 0)
    return fail(Errno::efault);
  TRY(write_guest(named.address + kSectionPlace, std::uint64_t{0}));
  TRY(write_processor(named.address, self.placement.processor));
  self.restartable = named;
  self.restartable.processor = self.placement.processor;
  report_switches(self);
  return 0;
}

}  // namespace tessera::lx
