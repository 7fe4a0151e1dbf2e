// SPDX-License-Identifier: Apache-2.0
#include "components/linux/memory/out_of_memory.hpp"

#include <algorithm>
#include <string>

#include "components/linux/core/log.hpp"
#include "components/linux/process/end.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/thread.hpp"

namespace tessera::lx {

void out_of_memory(Thread& thread) {
  if (thread.ending) return;
  const auto end = std::find(thread.name.begin(), thread.name.end(), '\0');
  std::string line = "out of memory: killed process " + decimal(static_cast<std::uint64_t>(thread.process.pid)) + " (";
  line.append(thread.name.begin(), end);
  line += ") with " + decimal(thread.memory ? thread.memory->resident_pages() * 4 : 0) + " KiB";
  log_line(line);
  end_process(thread.process, kSigKill);
}

}  // namespace tessera::lx
