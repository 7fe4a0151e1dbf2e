// SPDX-License-Identifier: Apache-2.0
// Function level reset: PCI Express Base Specification 3.0, 6.6.2; of conventional functions, Advanced Capabilities for
// Conventional PCI.
#include "components/genesis/pci.hpp"
#include "components/genesis/pci_registers.hpp"
#include "lib/rt/clock.hpp"

namespace tessera::genesis {

namespace {

using namespace pci_registers;

constexpr std::uint8_t kAdvancedCapability = 0x13;

// How long a function may take, and what it had under way before.
constexpr std::uint64_t kResetNs = 100'000'000, kPatienceNs = 1'000'000'000, kStepNs = 1'000'000;

void sleep(std::uint64_t ns) {
  const std::uint64_t deadline = rt::now_ns() + ns;
  while (rt::now_ns() < deadline) rt::sleep_until(deadline);
}

// Until it is so; whether it became so in time.
template <typename Condition>
bool wait_for(std::uint64_t patience_ns, Condition condition) {
  const std::uint64_t limit = rt::now_ns() + patience_ns;
  while (!condition()) {
    if (rt::now_ns() > limit) return false;
    sleep(kStepNs);
  }
  return true;
}

}  // namespace

bool Pci::begin_reset(PciAddress at) const {
  constexpr std::uint32_t kCanReset = 1u << 28, kBegin = 1u << 15, kPending = 1u << 21;
  std::array<std::uint8_t, 1> offsets{};
  if (capabilities(at, kExpressCapability, offsets) != 0 && offsets.front() <= 0xf4 && (read(at, offsets.front() + 4u) & kCanReset) != 0) {
    const unsigned control = offsets.front() + 8u;
    (void)wait_for(kResetNs, [&] { return (read(at, control) & kPending) == 0; });
    // The upper half has bits that are cleared by writing ones.
    write(at, control, (read(at, control) & 0xffff) | kBegin);
    return true;
  }
  constexpr std::uint32_t kAdvancedCanReset = 1u << 25, kAdvancedPending = 1u << 8;
  if (capabilities(at, kAdvancedCapability, offsets) != 0 && offsets.front() <= 0xf8 && (read(at, offsets.front()) & kAdvancedCanReset) != 0) {
    const unsigned control = offsets.front() + 4u;
    (void)wait_for(kResetNs, [&] { return (read(at, control) & kAdvancedPending) == 0; });
    write(at, control, 1);
    return true;
  }
  return false;
}

bool Pci::reset_function(PciAddress at) const {
  std::array<std::uint32_t, 6> windows{};
  for (unsigned number = 0; number < windows.size(); ++number) windows[number] = read(at, kFirstBar + 4 * number);
  const std::uint32_t command = read(at, kCommand) & 0xffff, line = read(at, kInterruptLine);
  if (!begin_reset(at)) return false;
  sleep(kResetNs);
  (void)wait_for(kPatienceNs, [&] { return (read(at, kIds) & 0xffff) != 0xffff; });
  for (unsigned number = 0; number < windows.size(); ++number) write(at, kFirstBar + 4 * number, windows[number]);
  write(at, kInterruptLine, line);
  write(at, kCommand, command & ~(kBusMaster | kMemoryDecoding));
  return true;
}

}  // namespace tessera::genesis
