// SPDX-License-Identifier: Apache-2.0
// Runs in the guest's programs: clocks without a system call. Anything this does
// not know goes to the system call, which knows everything.
#include <linux_arch/vvar.hpp>

extern "C" {

extern const tessera::lx::ClockPage vvar_page __attribute__((visibility("hidden")));

struct Timespec {
  long seconds, nanoseconds;
};
struct Timeval {
  long seconds, microseconds;
};

}  // extern "C"

namespace {

constexpr long kClockGetTime = 228, kGetCpu = 309;
constexpr unsigned long kSecond = 1'000'000'000;

long system_call(long number, long a, long b, long c) {
  long result = number;
  asm volatile("syscall" : "+a"(result) : "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
  return result;
}

// The CPU may read the counter early by some instructions: a fence keeps two
// readings in order.
unsigned long monotonic() {
  unsigned low = 0;
  unsigned high = 0;
  asm volatile("lfence\n\trdtsc" : "=a"(low), "=d"(high) : : "memory");
  const unsigned long ticks = (static_cast<unsigned long>(high) << 32 | low) - vvar_page.base_ticks;
  return static_cast<unsigned long>(static_cast<unsigned __int128>(ticks) * vvar_page.multiplier >> 32);
}

unsigned long realtime() { return monotonic() + vvar_page.realtime_offset_ns; }

}  // namespace

extern "C" {

__attribute__((visibility("default"))) int __vdso_clock_gettime(int clock, Timespec* to) {
  unsigned long now = 0;
  switch (clock) {
    case 0: case 5: case 11: now = realtime(); break;      // REALTIME, _COARSE, TAI
    case 1: case 4: case 6: case 7: now = monotonic(); break;  // MONOTONIC, _RAW, _COARSE, BOOTTIME
    default: return static_cast<int>(system_call(kClockGetTime, clock, reinterpret_cast<long>(to), 0));
  }
  to->seconds = static_cast<long>(now / kSecond);
  to->nanoseconds = static_cast<long>(now % kSecond);
  return 0;
}

__attribute__((visibility("default"))) int __vdso_gettimeofday(Timeval* to, void* zone) {
  if (to != nullptr) {
    const unsigned long now = realtime();
    to->seconds = static_cast<long>(now / kSecond);
    to->microseconds = static_cast<long>(now % kSecond / 1000);
  }
  if (zone != nullptr) *static_cast<unsigned long*>(zone) = 0;  // struct timezone: two ints
  return 0;
}

__attribute__((visibility("default"))) long __vdso_time(long* to) {
  const long now = static_cast<long>(realtime() / kSecond);
  if (to != nullptr) *to = now;
  return now;
}

__attribute__((visibility("default"))) long __vdso_getcpu(unsigned* cpu, unsigned* node, void*) {
  return system_call(kGetCpu, reinterpret_cast<long>(cpu), reinterpret_cast<long>(node), 0);
}

int clock_gettime(int, Timespec*) __attribute__((weak, alias("__vdso_clock_gettime"), visibility("default")));
int gettimeofday(Timeval*, void*) __attribute__((weak, alias("__vdso_gettimeofday"), visibility("default")));
long time(long*) __attribute__((weak, alias("__vdso_time"), visibility("default")));
long getcpu(unsigned*, unsigned*, void*) __attribute__((weak, alias("__vdso_getcpu"), visibility("default")));

}  // extern "C"
