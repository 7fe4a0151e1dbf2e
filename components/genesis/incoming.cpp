// SPDX-License-Identifier: Apache-2.0
#include "components/genesis/incoming.hpp"

#include <algorithm>
#include <utility>

#include "components/genesis/fatal.hpp"
#include "components/genesis/loader.hpp"
#include "components/genesis/own.hpp"
#include "lib/rt/raw_memory.hpp"

namespace tessera::genesis {

void make_rooms(std::span<Component> components) {
  for (Component& component : components) {
    if (component.rooms.untyped == 0) continue;
    const std::uint64_t bytes = 2 * component.what.reload;
    const auto memory = make_from(component.rooms.untyped, abi::ObjectType::memory, component.rooms.bits);
    const auto mapping = memory ? rt::objects().map(*memory, rt::objects().reserve_addresses(bytes), bytes, abi::kRightRead | abi::kRightWrite)
                                : std::unexpected(memory.error());
    if (!mapping) fatal("no room for programs in place of that of {}: {}", component.what.name, mapping.error());
    component.room = rt::bytes_at(mapping->address, bytes);
  }
}

Incoming::Answer Incoming::begin(Component& component, std::uint64_t bytes) {
  component_ = nullptr;
  const std::size_t half = component.room.size() / 2;
  if (bytes == 0 || bytes > half) return std::unexpected(Status::too_large);
  component_ = &component;
  count_ = 0;
  place_ = component.room.subspan((1 - component.loaded.half) * half, bytes);
  return {};
}

Incoming::Answer Incoming::add(std::span<const std::byte> part) {
  if (component_ == nullptr || part.size() > place_.size() - count_) {
    component_ = nullptr;
    return std::unexpected(Status::incomplete);
  }
  std::ranges::copy(part, place_.subspan(count_).begin());
  count_ += part.size();
  return {};
}

std::expected<Component*, Incoming::Status> Incoming::finish(std::span<const std::byte> last, const Trust& trust) {
  Component* const component = std::exchange(component_, nullptr);
  signature::Signature with;
  Component::Loaded loaded;
  if (component == nullptr || count_ != place_.size()) return std::unexpected(Status::incomplete);
  if (last.size() <= with.size() || last.size() - with.size() >= loaded.name.size()) return std::unexpected(Status::bad_signature);
  std::ranges::transform(last.first(with.size()), with.begin(), [](std::byte one) { return std::to_integer<std::uint8_t>(one); });
  const auto name = last.subspan(with.size());
  std::ranges::transform(name, loaded.name.begin(), [](std::byte one) { return std::to_integer<char>(one); });
  loaded.name_bytes = name.size();
  loaded.half = 1 - component->loaded.half;
  loaded.file = place_;
  if (!trust.check({loaded.name.data(), loaded.name_bytes}, place_, with)) return std::unexpected(Status::bad_signature);
  const auto plan = plan_program(*component, place_);
  if (!plan) return std::unexpected(Status::bad_program);
  if (plan->end() - plan->start() > std::uint64_t{1} << component->image.bits) return std::unexpected(Status::too_large);
  component->loaded = loaded;
  return component;
}

}  // namespace tessera::genesis
