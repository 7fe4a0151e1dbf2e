// SPDX-License-Identifier: Apache-2.0
// Some of the machine's cores.
#pragma once

#include <bit>
#include <cstdint>

#include "kernel/support/relaxed.hpp"

namespace tessera::nucleus {

inline constexpr unsigned kMostCores = 64;
extern bool several_cores;  // were started: one alone needs no locks

class CoreSet {
 public:
  // Under object_lock; looked at without as well: who reads that a core is there has not missed it.
  void add(unsigned core) { bits_ = bits_ | std::uint64_t{1} << core; }
  [[nodiscard]] bool has(unsigned core) const { return (bits_ >> core & 1) != 0; }
  template <typename Act>
  void each(Act act) const {
    for (std::uint64_t left = bits_; left != 0; left &= left - 1) act(static_cast<unsigned>(std::countr_zero(left)));
  }

 private:
  Relaxed<std::uint64_t> bits_ = std::uint64_t{0};
};

// Takes their locks, until object_lock is released, which the caller holds. With one core
// that is never called: it costs its callers a test, and no register.
#define CALLED_RARELY [[gnu::noinline, clang::preserve_most]]
CALLED_RARELY void reach_cores(const CoreSet& cores);
CALLED_RARELY void reach_core(unsigned number);
inline void reach(const CoreSet& cores) {
  if (several_cores) [[unlikely]] reach_cores(cores);
}

}  // namespace tessera::nucleus
