// SPDX-License-Identifier: Apache-2.0
// /proc/cpuinfo: what every guest has. Who made the processor cannot be read in user mode.
#include "components/linux/fs/proc/proc.hpp"
#include "components/linux/fs/text.hpp"
#include "components/linux/process/contract.hpp"

namespace tessera::lx {

std::string cpu_text() {
  Text text;
  for_each_processor(online_processors(), [&](unsigned number) {
    text << "processor\t: " << number << "\nFeatures\t: fp asimd\nCPU architecture: 8\n\n";
  });
  return text.take();
}

}  // namespace tessera::lx
