// SPDX-License-Identifier: Apache-2.0
#include "components/linux/process/shutdown.hpp"

#include "components/linux/process/end.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/registry.hpp"
#include "components/linux/time/service.hpp"

namespace tessera::lx {

namespace {
std::optional<int> result;
}

void init_ended(Process& init) {
  const int signal = init.status & 0x7f;
  result = signal != 0 ? 128 + signal : init.status >> 8 & 0xff;
  // Nobody is left to reap what init leaves behind.
  registry().for_each_process([](Process& process) { end_process(process, kSigKill); });
  wake_timer_service();
}

std::optional<int> exit_result() { return result; }

}  // namespace tessera::lx
