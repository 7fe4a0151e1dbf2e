// SPDX-License-Identifier: Apache-2.0
// /proc/cpuinfo. All cores are taken to be of one kind.
#include "components/linux/arch/aarch64/guest_features.hpp"
#include "components/linux/fs/proc/proc.hpp"
#include "components/linux/fs/text.hpp"
#include "components/linux/process/contract.hpp"
#include "components/linux/process/thread.hpp"

namespace tessera::lx {

// Linux' BogoMIPS follow from the counter's rate alone.
static std::uint64_t counter_rate() {
  std::uint64_t value = 0;
  asm("mrs %0, cntfrq_el0" : "=r"(value));
  return value;
}

std::string cpu_text() {
  const FeatureRegisters features = guest_features(current_thread().registers());
  const std::string names = capability_names(features);
  const auto part = [&](unsigned shift, unsigned bits) { return features.midr >> shift & ((1u << bits) - 1); };
  Text text;
  for_each_processor(online_processors(), [&](unsigned number) {
    text << "processor\t: " << number << "\nBogoMIPS\t: ";
    text.hundredths(counter_rate() / 5000) << "\nFeatures\t:" << names << "\nCPU implementer\t: 0x";
    text.hex(part(24, 8), 2) << "\nCPU architecture: 8\nCPU variant\t: 0x";
    text.hex(part(20, 4)) << "\nCPU part\t: 0x";
    text.hex(part(4, 12), 3) << "\nCPU revision\t: " << part(0, 4) << "\n\n";
  });
  return text.take();
}

}  // namespace tessera::lx
