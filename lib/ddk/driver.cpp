// SPDX-License-Identifier: Apache-2.0
#include "lib/ddk/driver.hpp"

#include "lib/format/manifest.hpp"

namespace tessera::ddk {

std::uint64_t Driver::number(std::string_view key, std::uint64_t otherwise) const {
  const auto text = start_.config(key);
  if (!text) return otherwise;
  const auto value = format::parse_number(*text);
  if (!value) rt::panic("what should be a number of the configuration is none");
  return *value;
}

std::optional<DmaRegion> Driver::memory() const {
  const auto grant = start_.grant("dma", abi::ObjectType::memory);
  return grant ? DmaRegion::of(*grant) : std::nullopt;
}

DeviceInterrupt Driver::interrupt() const { return DeviceInterrupt::open(start_, executor_, channel_.wake); }

service::GrantedChannel driver_channel(const rt::Start& start, std::string_view name) {
  const auto channel = service::GrantedChannel::find(start, start.config("channel").value_or(name));
  if (!channel) rt::panic("the channel to the client was not granted");
  return *channel;
}

}  // namespace tessera::ddk
