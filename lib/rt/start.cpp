// SPDX-License-Identifier: Apache-2.0
#include "lib/rt/start.hpp"

#include <algorithm>

#include "lib/rt/raw_memory.hpp"

namespace tessera::rt {

namespace {

// The array of `count` T at `offset`, all inside the page; empty when it is not.
template <typename T>
std::span<const T> array_in(std::span<const std::byte> page, std::uint64_t offset, std::uint64_t count) {
  if (offset % alignof(T) != 0 || offset > page.size() || count > (page.size() - offset) / sizeof(T)) return {};
  return span_at<const T>(address_of(page.data()) + offset, count);
}

std::string_view text_of(std::span<const std::uint8_t> bytes) {
  const auto end = std::ranges::find(bytes, std::uint8_t{0});
  return {reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(end - bytes.begin())};
}

}  // namespace

Start::Start(std::span<const std::byte> page) {
  if (page.size() < sizeof(abi::StartInfo)) return;
  const auto& info = object_at<const abi::StartInfo>(address_of(page.data()));
  if (info.magic != abi::kStartMagic || info.bytes < sizeof(info) || info.bytes > page.size()) return;
  page_ = page.first(info.bytes);
  info_ = &info;
  grants_ = array_in<abi::StartGrant>(page_, info.grants_offset, info.grant_count);
  config_ = array_in<abi::StartConfig>(page_, info.config_offset, info.config_count);
}

Grant Start::grant_at(std::size_t index) const {
  const abi::StartGrant& one = grants_[index];
  return {.name = text_of(one.name),
          .kind = static_cast<abi::ObjectType>(one.kind),
          .handle = one.handle,
          .address = one.address,
          .bytes = one.bytes,
          .physical = one.physical,
          .extra = one.extra};
}

std::optional<Grant> Start::grant(std::string_view name) const {
  for (std::size_t index = 0; index < grants_.size(); ++index) {
    if (text_of(grants_[index].name) == name) return grant_at(index);
  }
  return std::nullopt;
}

std::optional<Grant> Start::grant(std::string_view name, abi::ObjectType kind) const {
  const auto found = grant(name);
  return found && found->kind == kind ? found : std::nullopt;
}

std::string_view Start::text(std::uint32_t offset, std::uint32_t bytes) const {
  if (offset > page_.size() || bytes > page_.size() - offset) return {};
  const auto part = page_.subspan(offset, bytes);
  return {reinterpret_cast<const char*>(part.data()), part.size()};
}

ConfigEntry Start::config_at(std::size_t index) const {
  const abi::StartConfig& one = config_[index];
  return {text(one.key_offset, one.key_bytes), text(one.value_offset, one.value_bytes)};
}

std::optional<std::string_view> Start::config(std::string_view key) const {
  for (std::size_t index = 0; index < config_.size(); ++index) {
    const ConfigEntry entry = config_at(index);
    if (entry.key == key) return entry.value;
  }
  return std::nullopt;
}

std::span<std::byte> bytes_of(const Grant& grant) {
  if (grant.kind != abi::ObjectType::memory || grant.address == 0) return {};
  return bytes_at(grant.address, grant.bytes);
}

}  // namespace tessera::rt
