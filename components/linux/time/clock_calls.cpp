// SPDX-License-Identifier: Apache-2.0
// Reading clocks and sleeping.
#include "components/linux/core/guest_memory.hpp"
#include "components/linux/process/contract.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/registry.hpp"
#include "components/linux/process/rusage.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/process/thread_usage.hpp"
#include "components/linux/syscall/table.hpp"
#include "components/linux/time/clock.hpp"
#include "components/linux/time/clock_id.hpp"
#include "components/linux/time/convert.hpp"
#include "components/linux/time/read_time.hpp"

namespace tessera::lx {

Result<std::uint64_t> read_clock(std::int32_t id) {
  switch (id) {
    case kClockRealtime: case kClockRealtimeCoarse: case kClockRealtimeAlarm: case kClockTai: return realtime_ns();
    case kClockMonotonic: case kClockMonotonicRaw: case kClockMonotonicCoarse: case kClockBoottime:
    case kClockBoottimeAlarm:
      return monotonic_ns();
    case kClockProcess: return cpu_ns(usage_of(current_thread().process));
    case kClockThread: return cpu_ns(usage_of(current_thread()));
    default: break;
  }
  if (id >= 0) return fail(Errno::einval);
  // A process' or thread's clock: ~pid << 3 | kind, bit 2 for a thread.
  if ((id & 3) == 3) return fail(Errno::einval);
  const std::int32_t pid = ~(id >> 3);
  if ((id & 4) != 0) {
    const Thread* const thread = pid == 0 ? &current_thread() : registry().thread(pid);
    if (thread == nullptr || &thread->process != &current_thread().process) return fail(Errno::einval);
    return cpu_ns(usage_of(*thread));
  }
  const Process* const process = pid == 0 ? &current_thread().process : registry().process(pid);
  if (process == nullptr) return fail(Errno::einval);
  return cpu_ns(usage_of(*process));
}

namespace {

std::int32_t clock_argument(std::uint64_t argument) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(argument));
}

// nanosleep goes on after a stop with the deadline it had: {deadline, where to write what is left}.
Result<std::int64_t> resume_sleep(const std::array<std::uint64_t, 6>& block) {
  Thread& self = current_thread();
  while (monotonic_ns() < block[0]) {
    if (sleep(block[0]) != Wake::signal) continue;
    const std::uint64_t now = monotonic_ns();
    if (now >= block[0]) break;
    if (block[1] != 0) TRY(write_guest(block[1], timespec_of(block[0] - now)));
    self.restart_block = Restart{.resume = resume_sleep, .arguments = block};
    return fail(Errno::restart_block);
  }
  return 0;
}

}  // namespace

Result<std::int64_t> sys_clock_gettime(const Arguments& arguments) {
  const std::uint64_t now = TRY(read_clock(clock_argument(arguments[0])));
  TRY(write_guest(arguments[1], timespec_of(now)));
  return 0;
}

Result<std::int64_t> sys_clock_getres(const Arguments& arguments) {
  const std::int32_t id = clock_argument(arguments[0]);
  TRY(read_clock(id));
  const bool coarse = id == kClockRealtimeCoarse || id == kClockMonotonicCoarse;
  if (arguments[1] != 0) TRY(write_guest(arguments[1], GuestTimespec{0, coarse ? 4'000'000 : 1}));
  return 0;
}

Result<std::int64_t> sys_clock_settime(const Arguments& arguments) {
  const auto time = TRY(read_guest<GuestTimespec>(arguments[1]));
  if (clock_argument(arguments[0]) != kClockRealtime) return fail(Errno::einval);
  TRY(ns_of(time));
  return fail(Errno::eperm);  // the clock is not this container's to set
}

Result<std::int64_t> sys_settimeofday(const Arguments& arguments) {
  if (arguments[0] != 0) TRY(read_time<GuestTimeval>(arguments[0]));
  return fail(Errno::eperm);
}

Result<std::int64_t> sys_gettimeofday(const Arguments& arguments) {
  if (arguments[0] != 0) TRY(write_guest(arguments[0], timeval_of(realtime_ns())));
  if (arguments[1] != 0) TRY(write_guest(arguments[1], std::uint64_t{0}));
  return 0;
}

Result<std::int64_t> sys_time(const Arguments& arguments) {
  const auto now = static_cast<std::int64_t>(realtime_ns() / kSecondNs);
  if (arguments[0] != 0) TRY(write_guest(arguments[0], now));
  return now;
}

Result<std::int64_t> sys_nanosleep(const Arguments& arguments) {
  const std::uint64_t span = TRY(read_time(arguments[0]));
  return resume_sleep({after(monotonic_ns(), span), arguments[1], 0, 0, 0, 0});
}

Result<std::int64_t> sys_clock_nanosleep(const Arguments& arguments) {
  const std::int32_t id = clock_argument(arguments[0]);
  constexpr std::uint64_t kAbsolute = 1;
  const std::uint64_t wanted = TRY(read_time(arguments[2]));
  bool realtime = false;
  switch (id) {
    case kClockRealtime: case kClockTai: case kClockRealtimeAlarm: realtime = true; break;
    case kClockMonotonic: case kClockBoottime: case kClockBoottimeAlarm: break;
    default: return fail(id == kClockThread ? Errno::einval : Errno::eopnotsupp);
  }
  if ((arguments[1] & kAbsolute) == 0)
    return resume_sleep({after(monotonic_ns(), wanted), arguments[3], 0, 0, 0, 0});
  const std::uint64_t offset = realtime ? clock_scale.realtime_offset_ns : 0;
  const std::uint64_t deadline = wanted > offset ? wanted - offset : 0;
  while (monotonic_ns() < deadline)
    if (sleep(deadline) == Wake::signal) return fail(Errno::restart_nohand);
  return 0;
}

Result<std::int64_t> sys_restart_syscall(const Arguments&) {
  const Restart block = current_thread().restart_block;
  if (block.resume == nullptr) return fail(Errno::eintr);
  return block.resume(block.arguments);
}

namespace {

// struct timex.
struct ClockState {
  std::uint32_t modes = 0, padding = 0;
  std::int64_t offset = 0, frequency = 0, most_error = 0, estimated_error = 0;
  std::int32_t status = 0, padding2 = 0;
  std::int64_t time_constant = 0, precision = 0, tolerance = 0;
  GuestTimeval time;
  std::int64_t tick = 0;
  std::array<std::uint8_t, 112> rest{};
};
static_assert(sizeof(ClockState) == 208);

// The clock runs by the processor's counter and is never steered: it can be asked
// how it does (unsynchronised), and not be changed.
Result<std::int64_t> clock_state(std::uint64_t address) {
  constexpr std::int32_t kUnsynchronised = 0x40;
  constexpr std::int64_t kTimeError = 5, kUnknownError = 16'000'000;
  auto state = TRY(read_guest<ClockState>(address));
  if (state.modes != 0) return fail(Errno::eperm);
  state = ClockState{};
  state.most_error = state.estimated_error = kUnknownError;
  state.status = kUnsynchronised;
  state.time_constant = 2;
  state.precision = 1;
  state.tolerance = 500 << 16;
  state.time = timeval_of(realtime_ns());
  state.tick = 10000;
  TRY(write_guest(address, state));
  return kTimeError;
}

}  // namespace

Result<std::int64_t> sys_adjtimex(const Arguments& arguments) { return clock_state(arguments[0]); }
Result<std::int64_t> sys_clock_adjtime(const Arguments& arguments) {
  if (clock_argument(arguments[0]) != kClockRealtime) return fail(Errno::eopnotsupp);
  return clock_state(arguments[1]);
}

}  // namespace tessera::lx
