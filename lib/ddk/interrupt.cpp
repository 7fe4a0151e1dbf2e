// SPDX-License-Identifier: Apache-2.0
#include "lib/ddk/interrupt.hpp"

#include <abi/nucleus.client.hpp>

#include "lib/rt/panic.hpp"

namespace tessera::ddk {

DeviceInterrupt DeviceInterrupt::open(const rt::Start& start, rt::Executor& executor, rt::Handle notification) {
  const auto bit = executor.claim_bit();
  if (!bit) rt::panic("no event is left for the device");
  DeviceInterrupt result{.bit = *bit, .message = std::nullopt};
  const auto grant = start.grant("device.interrupt", abi::ObjectType::interrupt);
  if (!grant) return result;
  const auto target = rt::objects().copy(notification, abi::kRightWrite, std::uint64_t{1} << *bit);
  if (target && abi::interrupt_bind(grant->handle, *target)) result.message = {.address = grant->address, .data = grant->extra};
  return result;
}

}  // namespace tessera::ddk
