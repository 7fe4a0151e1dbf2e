// SPDX-License-Identifier: Apache-2.0
#include "lib/ddk/interrupt.hpp"

#include <abi/nucleus.client.hpp>

namespace tessera::ddk {

std::optional<unsigned> bind_interrupt(rt::TaskLoop& loop, rt::Handle notification, rt::Handle interrupt) {
  const auto bit = loop.claim_bit();
  if (!bit) return std::nullopt;
  const auto target = rt::objects().copy(notification, abi::kRightWrite, std::uint64_t{1} << *bit);
  if (target && abi::interrupt_bind(interrupt, *target)) return bit;
  loop.give_back_bit(*bit);
  return std::nullopt;
}

}  // namespace tessera::ddk
