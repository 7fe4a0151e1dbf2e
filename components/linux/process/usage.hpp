// SPDX-License-Identifier: Apache-2.0
// Resources used, summed over threads and over children waited for.
#pragma once

#include <cstdint>

namespace tessera::lx {

struct Usage {
  std::uint64_t user_ns = 0, system_ns = 0;
  std::uint64_t minor_faults = 0;
  std::uint64_t voluntary_switches = 0;
  std::uint64_t peak_pages = 0;

  void add(const Usage& other) {
    user_ns += other.user_ns;
    system_ns += other.system_ns;
    minor_faults += other.minor_faults;
    voluntary_switches += other.voluntary_switches;
    if (other.peak_pages > peak_pages) peak_pages = other.peak_pages;
  }
};

}  // namespace tessera::lx
