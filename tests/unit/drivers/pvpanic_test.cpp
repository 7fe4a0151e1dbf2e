// SPDX-License-Identifier: Apache-2.0
// The hypervisor that is told of a failure.
#include "components/drivers/pvpanic/pvpanic.hpp"

#include <vector>

#include "tests/support/check.hpp"

using namespace tessera;

namespace {

struct SimulatedByte final : pvpanic::EventByte {
  explicit SimulatedByte(std::uint8_t events) : wanted(events) {}
  [[nodiscard]] std::uint8_t read() override { return wanted; }
  void write(std::uint8_t value) override { heard.push_back(value); }
  std::uint8_t wanted;
  std::vector<std::uint8_t> heard;
};

}  // namespace

TEST(pvpanic_says_it_once) {
  for (const int wanted : {1, 3}) {
    SimulatedByte device(static_cast<std::uint8_t>(wanted));
    CHECK(pvpanic::tell_panicked(device) && device.heard == std::vector<std::uint8_t>{1});
  }
}

TEST(pvpanic_nobody_wants_to_know) {
  for (const int wanted : {0, 2, 0xff}) {
    SimulatedByte device(static_cast<std::uint8_t>(wanted));
    CHECK(!pvpanic::tell_panicked(device) && device.heard.empty());
  }
}
