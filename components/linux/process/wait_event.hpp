// SPDX-License-Identifier: Apache-2.0
// What wait4 and waitid ask for and are told: of children (wait_calls.cpp) and of
// tracees (trace/wait.cpp).
#pragma once

#include <cstdint>

#include "components/linux/process/usage.hpp"

namespace tessera::lx {

class Process;

// Options of wait4 and waitid.
inline constexpr std::uint32_t kWaitNoHang = 1, kWaitUntraced = 2, kWaitStopped = 2, kWaitExited = 4,
                               kWaitContinued = 8, kWaitNoTake = 0x1000000, kWaitNoThread = 0x20000000,
                               kWaitAll = 0x40000000, kWaitClone = 0x80000000;

enum class Whom : std::uint8_t { any, pid, group };

struct Wanted {
  Whom whom = Whom::any;
  std::int32_t id = 0;
  std::uint32_t options = 0;

  [[nodiscard]] bool takes() const { return (options & kWaitNoTake) == 0; }
  [[nodiscard]] bool means(std::int32_t pid, std::int32_t group) const {
    switch (whom) {
      case Whom::any: return true;
      case Whom::pid: return pid == id;
      case Whom::group: return group == id;
    }
  }
};

struct WaitEvent {
  std::int32_t pid = 0;
  std::uint32_t uid = 0;
  std::int32_t code = 0;        // si_code
  int status = 0;               // as wait4 tells it
  std::int32_t child_value = 0; // si_status
  Usage usage;

  void set_end(int end_status);
};

// The end of a zombie; nothing is taken.
WaitEvent zombie_event(const Process& process);

}  // namespace tessera::lx
