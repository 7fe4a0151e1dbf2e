// SPDX-License-Identifier: Apache-2.0
#include "lib/ddk/interrupt.hpp"

#include <abi/nucleus.client.hpp>
#include <algorithm>

#include "lib/rt/format.hpp"
#include "lib/rt/panic.hpp"

namespace tessera::ddk {

namespace {

std::optional<InterruptMessage> bind(const rt::Start& start, std::string_view name, rt::Handle target) {
  const auto grant = start.grant(name, abi::ObjectType::interrupt);
  if (!grant || !abi::interrupt_bind(grant->handle, target)) return std::nullopt;
  return InterruptMessage{.address = grant->address, .data = grant->extra};
}

}  // namespace

DeviceInterrupt DeviceInterrupt::open(const rt::Start& start, rt::Executor& executor, rt::Handle notification, std::size_t most) {
  const auto bit = executor.claim_bit();
  if (!bit) rt::panic("no event is left for the device");
  DeviceInterrupt result;
  result.bit = *bit;
  const auto target = rt::objects().copy(notification, abi::kRightWrite, std::uint64_t{1} << *bit);
  if (!target) return result;
  result.message = bind(start, "device.interrupt", *target);
  for (std::size_t next = 1; result.message && next < std::min(most, kMostMessages); ++next) {
    std::array<char, 32> name;
    const auto another = bind(start, rt::format_to(name, "device.interrupt{}", next), *target);
    if (!another) break;
    result.more.at(result.more_count++) = *another;
  }
  return result;
}

}  // namespace tessera::ddk
