// SPDX-License-Identifier: Apache-2.0
// The PC's real-time clock.
#include "components/genesis/time_of_day.hpp"

#include <abi/nucleus.client.hpp>

#include "components/genesis/boot.hpp"
#include "lib/clock_chip/cmos_ports.hpp"
#include "lib/clock_chip/mc146818.hpp"
#include "lib/rt/clock.hpp"
#include "lib/rt/objects.hpp"

namespace tessera::genesis {

std::optional<std::uint64_t> boot_time_seconds() {
  using clock_chip::CmosPorts;
  const auto slot = rt::objects().take_slot();
  if (!slot) return std::nullopt;
  const auto handle = abi::machine_make_io_ports(boot().machine, CmosPorts::kFirst, CmosPorts::kLast, rt::objects().own().table, *slot);
  if (!handle) {
    rt::objects().give_back_slot(*slot);
    return std::nullopt;
  }
  CmosPorts ports(*handle);
  const auto now = clock_chip::Mc146818(ports).read();
  rt::objects().discard(*handle);
  if (!now) return std::nullopt;
  return *now - rt::now_ns() / 1'000'000'000;
}

}  // namespace tessera::genesis
