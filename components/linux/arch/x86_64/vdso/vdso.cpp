// SPDX-License-Identifier: Apache-2.0
// Runs in the guest's programs: clocks without a system call. Anything this does
// not know goes to the system call, which knows everything.
#include "components/linux/exec/vdso_clocks.hpp"

namespace {

constexpr long kClockGetTime = 228, kGetCpu = 309;

long system_call(long number, long a, long b, long c) {
  long result = number;
  asm volatile("syscall" : "+a"(result) : "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
  return result;
}

}  // namespace

// The CPU may read the counter early by some instructions: a fence keeps two
// readings in order.
inline unsigned long vdso::read_counter() {
  unsigned low = 0;
  unsigned high = 0;
  asm volatile("lfence\n\trdtsc" : "=a"(low), "=d"(high) : : "memory");
  return static_cast<unsigned long>(high) << 32 | low;
}

extern "C" {

__attribute__((visibility("default"))) int __vdso_clock_gettime(int clock, Timespec* to) {
  if (vdso::get_time(clock, to)) return 0;
  return static_cast<int>(system_call(kClockGetTime, clock, reinterpret_cast<long>(to), 0));
}

__attribute__((visibility("default"))) int __vdso_gettimeofday(Timeval* to, void* zone) {
  vdso::get_time_of_day(to, zone);
  return 0;
}

__attribute__((visibility("default"))) long __vdso_time(long* to) {
  const long now = static_cast<long>(vdso::realtime() / vdso::kSecond);
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
