// SPDX-License-Identifier: Apache-2.0
#include "lib/ddk/driver.hpp"

#include "lib/format/manifest.hpp"
#include "lib/rt/clock.hpp"
#include "lib/rt/log.hpp"

namespace tessera::ddk {

namespace {

rt::Task<> end_when_given_up(RequestSlots& requests) {
  if (co_await requests.failure().wait()) rt::panic("the device was given up");
}

// The event, every millisecond while there is something to wait for.
rt::Task<> poll(RequestSlots& requests, unsigned bit) {
  constexpr std::uint64_t kStepNs = 1'000'000;
  while (co_await requests.loop().sleep_until(rt::now_ns() + kStepNs)) {
    if (requests.under_way() > 0) requests.loop().deliver(std::uint64_t{1} << bit);
  }
}

}  // namespace

void attend_to(rt::Scope& tasks, RequestSlots& requests, const DeviceInterrupt& interrupt) {
  tasks.spawn(requests.attend(interrupt.bit));
  tasks.spawn(requests.tell());
  tasks.spawn(requests.watch());
  tasks.spawn(end_when_given_up(requests));
  if (interrupt.message) return;
  rt::log("nothing interrupts: the device is looked at every millisecond");
  tasks.spawn(poll(requests, interrupt.bit));
}

std::uint64_t Driver::number(std::string_view key, std::uint64_t otherwise) const {
  const auto text = start_.config(key);
  if (!text) return otherwise;
  const auto value = format::parse_number(*text);
  if (!value) rt::panic("what should be a number of the configuration is none");
  return *value;
}

Conditions Driver::conditions() const {
  constexpr std::uint64_t kMillisecond = 1'000'000;
  Conditions conditions;
  conditions.answer_ns = number("answer-ms", conditions.answer_ns / kMillisecond) * kMillisecond;
  conditions.now_ns = &rt::now_ns;
  conditions.note = [](std::string_view what) { rt::log("the device is reset: {}", what); };
  return conditions;
}

std::optional<DmaRegion> Driver::memory() const {
  const auto grant = start_.grant("dma", abi::ObjectType::memory);
  return grant ? DmaRegion::of(*grant) : std::nullopt;
}

DeviceInterrupt Driver::interrupt(std::size_t most) const { return DeviceInterrupt::open(start_, executor_, channel_.wake, most); }

service::GrantedChannel driver_channel(const rt::Start& start, std::string_view name) {
  const auto channel = service::GrantedChannel::find(start, start.config("channel").value_or(name));
  if (!channel) rt::panic("the channel to the client was not granted");
  return *channel;
}

}  // namespace tessera::ddk
