// SPDX-License-Identifier: Apache-2.0
#include "components/genesis/broker.hpp"

#include <abi/nucleus.client.hpp>
#include <algorithm>
#include <bit>

#include "components/genesis/asked_gift.hpp"
#include "components/genesis/device_grant.hpp"
#include "components/genesis/devices.hpp"
#include "components/genesis/dma_domains.hpp"
#include "components/genesis/fatal.hpp"
#include "components/genesis/own.hpp"
#include "components/genesis/storms.hpp"
#include "components/genesis/tenants.hpp"
#include "lib/rt/system_call.hpp"
#include "lib/schedule/rows.hpp"

namespace tessera::genesis {

namespace {

namespace calls = protocol::broker;
using abi::kRightRead;
using abi::kRightWrite;
using Name = std::array<char, 48>;

// Where among the manifest's requests of this name the value stands, behind all grants of that name: so that what is
// granted and what is asked for have different numbers. None: it is not there.
std::optional<std::size_t> number_of(const Component& component, std::string_view name, std::string_view value) {
  std::size_t grants = 0, requests = 0;
  std::optional<std::size_t> place;
  std::string_view lines = component.what.lines;
  while (const auto line = format::take_line(lines)) {
    std::string_view rest = line->rest;
    if (format::take_field(rest) != name) continue;
    if (line->key == "grant") ++grants;
    if (line->key != "request") continue;
    if (rest == value) place = requests;
    ++requests;
  }
  if (!place) return std::nullopt;
  return grants + *place;
}

// All requests of all components: `visit` is void(std::size_t component, std::string_view name, std::string_view value).
template <typename Visit>
void each_request(const format::Manifest& manifest, Visit visit) {
  for (std::size_t index = 0; index < manifest.component_count; ++index) {
    std::string_view lines = manifest.components[index].lines;
    while (const auto line = format::take_line(lines)) {
      if (line->key != "request") continue;
      std::string_view rest = line->rest;
      const std::string_view name = format::take_field(rest).value_or("");
      visit(index, name, rest);
    }
  }
}

bool has_request(const format::ManifestComponent& component, std::string_view name, std::string_view value) {
  std::string_view lines = component.lines;
  while (const auto line = format::take_line(lines)) {
    std::string_view rest = line->rest;
    if (line->key == "request" && format::take_field(rest) == name && rest == value) return true;
  }
  return false;
}

abi::Error error_of(calls::Status status) {
  switch (status) {
    case calls::Status::not_declared: return abi::Error::denied;
    case calls::Status::in_use: return abi::Error::busy;
    case calls::Status::not_found: return abi::Error::unsupported;
    case calls::Status::over_limit: return abi::Error::over_limit;
    case calls::Status::invalid: return abi::Error::bad_argument;
    case calls::Status::failed: return abi::Error::no_memory;
  }
  return abi::Error::denied;
}

// For the audit: an amount of memory, else the digits of a name as one number ("pci:1af4:1044": 0x1af41044).
std::uint64_t number_in(std::string_view name, std::uint64_t otherwise) {
  if (name.empty()) return otherwise;
  std::uint64_t number = 0;
  for (const char letter : name.substr(std::min(name.find(':') + 1, name.size()))) {
    if (letter >= '0' && letter <= '9') number = number << 4 | static_cast<std::uint64_t>(letter - '0');
    if (letter >= 'a' && letter <= 'f') number = number << 4 | static_cast<std::uint64_t>(letter - 'a' + 10);
  }
  return number;
}

abi::ObjectType type_of(std::uint16_t operation) {
  if (operation == static_cast<std::uint16_t>(calls::Operation::memory)) return abi::ObjectType::memory;
  if (operation == static_cast<std::uint16_t>(calls::Operation::interrupt)) return abi::ObjectType::interrupt;
  if (operation == static_cast<std::uint16_t>(calls::Operation::channel)) return abi::ObjectType::notification;
  return abi::ObjectType::machine;
}

// Nothing that was derived from it remains.
void revoke(Handle source) {
  if (source != 0) (void)abi::cap_table_revoke(rt::objects().own().table, source);
}

Handle must_copy(Handle source, std::uint64_t rights) { return rt::objects().copy(source, rights).value_or(0); }

}  // namespace

void Broker::add_hardware(std::string_view name, std::string_view value) {
  // As for a component that is granted just this.
  static constinit Component finder;
  finder.device_count = finder.interrupt_count = 0;
  const auto known = [&](const auto& all, std::size_t count) { return std::ranges::contains(std::span(all).first(count), value, &Part::name); };
  if (name == "device" && !known(devices_, device_count_)) {
    if (device_count_ == kMostDevices) fatal("the manifest lets components ask for more than {} devices", kMostDevices);
    prepare_hardware(finder, name, value);
    AskedDevice& one = devices_.at(device_count_++);
    one.name = value;
    if (finder.device_count != 0) one.device = finder.devices.front();
    if (one.device) one.device->asked = device_count_;
  }
  if (name == "interrupt" && !known(interrupts_, interrupt_count_)) {
    if (interrupt_count_ == kMostInterrupts) fatal("the manifest lets components ask for more than {} interrupts", kMostInterrupts);
    prepare_hardware(finder, name, value);
    AskedInterrupt& one = interrupts_.at(interrupt_count_++);
    one.name = value;
    if (finder.interrupt_count != 0) one.line = finder.interrupts.front();
  }
}

void Broker::make(const format::Manifest& manifest) {
  if (const auto made = rt::objects().make(abi::ObjectType::notification)) nobody_ = *made;
  each_request(manifest, [&](std::size_t component, std::string_view name, std::string_view value) {
    add_hardware(name, value);
    const auto peer = name == "channel" ? manifest.find(value) : std::nullopt;
    // Each names the other: made once.
    if (!peer || *peer <= component || !has_request(manifest.components[*peer], name, manifest.components[component].name)) return;
    if (channel_count_ == kMostChannels) fatal("the manifest lets components ask for more than {} channels", kMostChannels);
    const std::string_view own = manifest.components[component].name;
    channels_.at(channel_count_++).channel = make_channel(manifest, {{{.component = component, .name = value}, {.component = *peer, .name = own}}}, format::kChannelBytes);
  });
}

void Broker::settle(std::span<Component> components) {
  components_ = components;
  for (Component& component : components) {
    if (component.reserve.untyped == 0) continue;
    const auto table = rt::objects().make(abi::ObjectType::cap_table, kReserveTableBits);
    if (!table) fatal("no memory for what {} may ask for", component.what.name);
    if (component.tenant != 0) {
      if (const auto done = abi::namespace_adopt(component.tenant, *table); !done) fatal("what {} may ask for: {}", component.what.name, done.error());
    }
    const auto memory = abi::untyped_retype(component.reserve.untyped, abi::ObjectType::memory, component.reserve.bits, 1, *table, schedule::kFirstRow);
    if (!memory) fatal("the memory that {} may ask for: {}", component.what.name, memory.error());
    component.reserve_memory = schedule::handle_through(*table, *memory);
  }
}

void Broker::prepare_life(FirstGift& gift, Component& component) const {
  component.asked.begin({});
  bool asks = false;
  std::string_view lines = component.what.lines;
  while (const auto line = format::take_line(lines)) {
    if (line->key != "request") continue;
    asks = true;
    std::string_view rest = line->rest;
    if (format::take_field(rest) != "device") continue;
    const auto known = std::ranges::find(devices_, rest, &Part::name);
    const auto number = number_of(component, "device", rest);
    if (known != devices_.end() && known->device && number) describe_device(gift, *known->device, *number);
  }
  if (asks) gift.leave_room(Asked::kMostPlaces);
}

template <typename Give>
Broker::Outcome Broker::hold(Component& component, const Held& what, std::size_t number, Give give) {
  Held* const held = component.asked.spare();
  AskedGift gift(component);
  give(gift);
  *held = what;
  held->places = gift.places();
  if (!gift.result()) {
    const bool full = gift.is_full();
    take_back(component, *held);
    *held = {};
    return std::unexpected(full ? Status::over_limit : Status::failed);
  }
  return Granted{.ticket = static_cast<std::uint32_t>(held - component.asked.held().data()) + 1, .number = static_cast<std::uint32_t>(number)};
}

bool Broker::has_another_driver(const Component& component, const Device& device) const {
  return std::ranges::any_of(components_, [&](const Component& other) {
    return &other != &component && std::ranges::any_of(std::span(other.devices).first(other.device_count), [&](const Device& one) {
      return one.in_tree.empty() && device.in_tree.empty() && one.function.address == device.function.address;
    });
  });
}

Broker::Outcome Broker::handle(Component& from, const calls::DeviceRequest&, std::string_view name) {
  const auto number = number_of(from, "device", name);
  const auto found = std::ranges::find(devices_, name, &Part::name);
  if (!number || found == devices_.end()) return std::unexpected(Status::not_declared);
  if (!found->device) return std::unexpected(Status::not_found);
  if (found->holder != nullptr || has_another_driver(from, *found->device)) return std::unexpected(Status::in_use);
  if (from.device_count == from.devices.size()) return std::unexpected(Status::over_limit);
  if (!put_into_own_domain(*found->device)) return std::unexpected(Status::failed);
  found->holder = &from;
  from.devices.at(from.device_count++) = *found->device;
  const Held what{.kind = Kind::device, .which = static_cast<std::size_t>(found - devices_.begin())};
  const auto done = hold(from, what, *number, [&](AskedGift& gift) { give_device(gift, *found->device, *number); });
  if (done) {
    limit_interrupts(from, *found->device);
    enable_device(*found->device);
  }
  return done;
}

Broker::Outcome Broker::handle(Component& from, const calls::MemoryRequest& request, std::string_view) {
  if (from.reserve_memory == 0) return std::unexpected(Status::not_declared);
  const std::uint64_t all = std::uint64_t{1} << from.reserve.bits;
  if (request.bytes == 0) return std::unexpected(Status::invalid);
  if (request.bytes > all) return std::unexpected(Status::over_limit);
  const std::uint64_t bytes = (request.bytes + abi::kPageBytes - 1) / abi::kPageBytes * abi::kPageBytes;
  const auto offset = from.asked.find_memory(bytes, all);
  if (!offset) return std::unexpected(Status::over_limit);
  const auto part = part_of(from.reserve_memory, *offset, bytes);
  if (!part) return std::unexpected(Status::failed);
  const std::size_t number = from.asked.memory_number();
  const Held what{.kind = Kind::memory, .which = number, .offset = *offset, .bytes = bytes, .sources = {*part}};
  return hold(from, what, number, [&](AskedGift& gift) {
    Name text;
    gift.grant_mapped({.name = rt::format_to(text, "memory.asked.{}", number), .handle = *part, .bytes = bytes}, kRightRead | kRightWrite);
  });
}

Broker::Outcome Broker::handle(Component& from, const calls::InterruptRequest&, std::string_view name) {
  const auto number = number_of(from, "interrupt", name);
  const auto found = std::ranges::find(interrupts_, name, &Part::name);
  if (!number || found == interrupts_.end()) return std::unexpected(Status::not_declared);
  if (!found->line) return std::unexpected(Status::not_found);
  if (found->holder != nullptr) return std::unexpected(Status::in_use);
  if (from.interrupt_count == from.interrupts.size()) return std::unexpected(Status::over_limit);
  found->holder = &from;
  from.interrupts.at(from.interrupt_count++) = *found->line;
  limit_interrupt(from, found->line->handle);
  const Held what{.kind = Kind::interrupt, .which = static_cast<std::size_t>(found - interrupts_.begin())};
  return hold(from, what, *number, [&](AskedGift& gift) {
    Name text;
    gift.grant({.name = rt::format_to(text, "interrupt.{}", *number), .kind = abi::ObjectType::interrupt, .handle = found->line->handle,
                .extra = found->line->first},
               kRightWrite | abi::kRightManage);
  });
}

Broker::Outcome Broker::handle(Component& from, const calls::ChannelRequest&, std::string_view name) {
  const auto is_own = [&](const Channel::End& end) { return end.component == from.number - 1 && end.name == name; };
  const auto found = std::ranges::find_if(channels_, [&](const AskedChannel& one) {
    return one.channel.memory != 0 && std::ranges::any_of(one.channel.ends, is_own);
  });
  if (found == channels_.end()) return std::unexpected(Status::not_declared);
  const Channel& channel = found->channel;
  const std::size_t side = is_own(channel.ends.front()) ? 0 : 1;
  const Channel::End &own = channel.ends.at(side), &peer = channel.ends.at(1 - side);
  if (found->taken.at(side)) return std::unexpected(Status::in_use);
  // Who comes back to a peer that is there finds the bytes that were under way.
  if (!found->taken.at(1 - side) && !clear_channel(channel)) return std::unexpected(Status::failed);
  found->taken.at(side) = true;
  const Held what{.kind = Kind::channel,
                  .which = static_cast<std::size_t>(found - channels_.begin()),
                  .side = side,
                  .sources = {must_copy(channel.memory, kRightRead | kRightWrite), must_copy(own.wake, kRightRead | kRightWrite),
                              must_copy(peer.bell, kRightWrite)}};
  const auto done = hold(from, what, side, [&](AskedGift& gift) {
    Name text;
    gift.grant_mapped({.name = rt::format_to(text, "channel.{}", name), .handle = what.sources[0], .bytes = channel.bytes, .extra = side},
                      kRightRead | kRightWrite);
    gift.grant({.name = rt::format_to(text, "channel.{}.wake", name), .kind = abi::ObjectType::notification, .handle = what.sources[1], .extra = own.bit},
               kRightRead | kRightWrite);
    gift.grant({.name = rt::format_to(text, "channel.{}.peer", name), .kind = abi::ObjectType::notification, .handle = what.sources[2]}, kRightWrite);
  });
  if (done && found->taken.at(1 - side)) (void)rt::notify(peer.bell);
  return done;
}

Broker::Outcome Broker::handle(Component& from, const calls::ReleaseRequest& request, std::string_view) {
  const auto held = from.asked.held();
  if (request.ticket == 0 || request.ticket > held.size() || held[request.ticket - 1].kind == Kind::none) return std::unexpected(Status::invalid);
  take_back(from, held[request.ticket - 1]);
  held[request.ticket - 1] = {};
  return Granted{};
}

void Broker::silence(Handle interrupt) {
  revoke(interrupt);
  (void)abi::interrupt_bind(interrupt, nobody_);
}

void Broker::take_back(Component& component, const Held& what) {
  if (what.kind == Kind::device) {
    AskedDevice& one = devices_.at(what.which);
    // No more DMA before anyone else has its memory.
    disable_device(*one.device);
    for (const DeviceBar& bar : std::span(one.device->bars).first(one.device->bar_count)) revoke(bar.memory);
    for (const DeviceInterrupt& interrupt : std::span(one.device->interrupts).first(one.device->interrupt_count)) silence(interrupt.handle);
    revoke(one.device->dma);
    one.holder = nullptr;
    const auto all = std::span(component.devices).first(component.device_count);
    (void)std::ranges::remove(all, one.device->asked, &Device::asked);
    --component.device_count;
  }
  if (what.kind == Kind::interrupt) {
    AskedInterrupt& one = interrupts_.at(what.which);
    silence(one.line->handle);
    one.holder = nullptr;
    (void)std::ranges::remove(std::span(component.interrupts).first(component.interrupt_count), one.line->handle, &Line::handle);
    --component.interrupt_count;
  }
  if (what.kind == Kind::channel) channels_.at(what.which).taken.at(what.side) = false;
  for (const Handle source : what.sources) {
    revoke(source);
    if (source != 0) rt::objects().discard(source);
  }
  AskedGift::remove(component, what.places);
}

void Broker::end_life(Component& component) {
  for (Held& one : component.asked.held()) {
    if (one.kind != Kind::none) take_back(component, one);
    one = {};
  }
}

std::optional<rt::Message> Broker::answer(Component& from, const rt::Message& message) {
  std::array<std::byte, calls::kMostName> room;
  const auto request = rt::asked<calls::Protocol>(message, room);
  if (!request) return std::nullopt;
  const std::string_view name(reinterpret_cast<const char*>(request->data.data()), request->data.size());
  std::optional<rt::Message> answer;
  (void)calls::Protocol::decode(request->operation, request->words, [&](const auto& typed) {
    using Request = std::remove_cvref_t<decltype(typed)>;
    constexpr bool kGives = !std::is_same_v<Request, calls::ReleaseRequest>;
    const Outcome done = kGives && from.asked.spare() == nullptr ? std::unexpected(Status::over_limit) : handle(from, typed, name);
    if (done) {
      if constexpr (requires { typename Request::Answer{}.ticket; }) answer = rt::answer_to<Request>({.ticket = done->ticket, .number = done->number});
      else answer = rt::answer_to<Request>({});
      return;
    }
    answer = rt::refusal(done.error());
    if (from.tenant == 0) return;
    (void)abi::namespace_note(from.tenant, static_cast<std::uint64_t>(type_of(request->operation)), static_cast<std::uint64_t>(error_of(done.error())),
                              number_in(name, request->words.front()), 0);
  });
  return answer;
}

}  // namespace tessera::genesis
