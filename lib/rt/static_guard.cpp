// SPDX-License-Identifier: Apache-2.0
// What the compiler calls for static objects inside functions. Without exceptions none is left half made.
#include "lib/rt/static_guard.hpp"

#include "lib/rt/clock.hpp"

namespace {
constexpr std::uint64_t kLookAgainNs = 20'000;  // who makes it may sleep meanwhile, or wait for this processor
}

extern "C" int __cxa_guard_acquire(tessera::rt::StaticGuard* guard) {
  return guard->acquire([] { tessera::rt::sleep_until(tessera::rt::now_ns() + kLookAgainNs); }) ? 1 : 0;
}
extern "C" void __cxa_guard_release(tessera::rt::StaticGuard* guard) { guard->release(); }
