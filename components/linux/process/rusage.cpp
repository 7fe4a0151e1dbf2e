// SPDX-License-Identifier: Apache-2.0
// getrusage and times.
#include "components/linux/process/rusage.hpp"

#include <algorithm>

#include "components/linux/core/guest_memory.hpp"
#include "components/linux/nucleus/carrier.hpp"
#include "components/linux/process/contract.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/process/thread_usage.hpp"
#include "components/linux/syscall/table.hpp"
#include "components/linux/time/clock.hpp"

namespace tessera::lx {

ResourceUsage rusage_of(const Usage& usage) {
  ResourceUsage out;
  const auto user = static_cast<std::int64_t>(usage.user_ns / 1000);
  const auto system = static_cast<std::int64_t>(usage.system_ns / 1000);
  out.user_seconds = user / 1'000'000;
  out.user_microseconds = user % 1'000'000;
  out.system_seconds = system / 1'000'000;
  out.system_microseconds = system % 1'000'000;
  out.peak_kilobytes = static_cast<std::int64_t>(usage.peak_pages * 4);
  out.minor_faults = static_cast<std::int64_t>(usage.minor_faults);
  out.voluntary_switches = static_cast<std::int64_t>(usage.voluntary_switches);
  return out;
}

Usage usage_of(const Thread& thread) {
  return usage_of(thread, thread.carrier != nullptr ? thread.carrier->job_ns() : 0);
}

Usage usage_of(const Thread& thread, std::uint64_t ran) {
  Usage usage = thread.usage;
  // A stretch in the personality counts as long as it takes, preempted or not: what was
  // once told of the user's part is not taken back.
  thread.told_user_ns = std::clamp(ran - std::min(ticks_to_ns(thread.system_ticks), ran), std::min(thread.told_user_ns, ran), ran);
  usage.user_ns = thread.told_user_ns;
  usage.system_ns = ran - usage.user_ns;
  if (thread.memory) usage.peak_pages = thread.memory->peak_pages.load(std::memory_order_relaxed);
  return usage;
}

Usage usage_of(const Process& process) {
  Usage usage = process.ended_threads;
  for (const Thread* const thread : process.threads) usage.add(usage_of(*thread));
  return usage;
}

std::uint64_t cpu_ns(const Usage& usage) { return usage.user_ns + usage.system_ns; }

Result<std::int64_t> sys_getrusage(const Arguments& arguments) {
  const Thread& self = current_thread();
  Usage usage;
  switch (static_cast<std::int32_t>(static_cast<std::uint32_t>(arguments[0]))) {
    case 0: usage = usage_of(self.process); break;
    case -1: usage = self.process.children_usage; break;
    case 1: usage = usage_of(self); break;
    default: return fail(Errno::einval);
  }
  TRY(write_guest(arguments[1], rusage_of(usage)));
  return 0;
}

Result<std::int64_t> sys_times(const Arguments& arguments) {
  const auto clock = [](std::uint64_t ns) { return static_cast<std::int64_t>(ns / 10'000'000); };
  const Process& process = current_thread().process;
  if (arguments[0] != 0) {
    const Usage own = usage_of(process);
    const std::array<std::int64_t, 4> times{clock(own.user_ns), clock(own.system_ns),
                                            clock(process.children_usage.user_ns),
                                            clock(process.children_usage.system_ns)};
    TRY(write_guest(arguments[0], times));
  }
  return static_cast<std::int64_t>(monotonic_ns() / 10'000'000);
}

}  // namespace tessera::lx
