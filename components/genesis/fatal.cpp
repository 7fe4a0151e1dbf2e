// SPDX-License-Identifier: Apache-2.0
#include "components/genesis/fatal.hpp"

#include <abi/nucleus.client.hpp>
#include <abi/protocols/log.hpp>

#include "components/genesis/boot.hpp"
#include "components/genesis/failure.hpp"

namespace tessera::genesis {

void power_off(std::uint64_t status) {
  for (;;) (void)abi::machine_power_off(boot().machine, status & 0xff);
}

void fatal_line(std::string_view text) {
  tell_failure();
  // The last word: who reads it gives the machine little time.
  rt::log("{}{}{}", protocol::log::kMark, protocol::log::kFatal, text);
  power_off(kFatalStatus);
}

}  // namespace tessera::genesis
