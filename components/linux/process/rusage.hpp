// SPDX-License-Identifier: Apache-2.0
// struct rusage and struct tms.
#pragma once

#include <array>
#include <cstdint>

#include "components/linux/process/usage.hpp"

namespace tessera::lx {

class Process;

struct ResourceUsage {
  std::int64_t user_seconds = 0, user_microseconds = 0, system_seconds = 0, system_microseconds = 0;
  std::int64_t peak_kilobytes = 0;
  std::array<std::int64_t, 3> unused_sizes{};
  std::int64_t minor_faults = 0, major_faults = 0, swaps = 0, blocks_in = 0, blocks_out = 0, messages_sent = 0,
               messages_received = 0, signals = 0, voluntary_switches = 0, involuntary_switches = 0;
};
static_assert(sizeof(ResourceUsage) == 144);

ResourceUsage rusage_of(const Usage& usage);
// Threads that ended and those that run, up to now.
Usage usage_of(const Process& process);
std::uint64_t cpu_ns(const Usage& usage);

}  // namespace tessera::lx
