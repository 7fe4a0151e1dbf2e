// SPDX-License-Identifier: Apache-2.0
#include "components/genesis/start_page.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>

namespace tessera::genesis {

namespace {

// None: the name is too long.
std::optional<abi::StartGrant> raw_of(const rt::Grant& grant) {
  abi::StartGrant raw;
  if (grant.name.size() >= raw.name.size()) return std::nullopt;
  std::ranges::transform(grant.name, raw.name.begin(), [](char letter) { return static_cast<std::uint8_t>(letter); });
  raw.kind = static_cast<std::uint64_t>(grant.kind);
  raw.handle = grant.handle;
  raw.address = grant.address;
  raw.bytes = grant.bytes;
  raw.physical = grant.physical;
  raw.extra = grant.extra;
  return raw;
}

}  // namespace

template <typename T>
void StartPage::put(std::size_t offset, const T& value) {
  std::memcpy(page_.subspan(offset, sizeof(T)).data(), &value, sizeof(T));
}

std::uint32_t StartPage::put_string(std::string_view text) {
  strings_ -= text.size();
  std::memcpy(page_.subspan(strings_, text.size()).data(), text.data(), text.size());
  return static_cast<std::uint32_t>(strings_);
}

bool StartPage::add(const rt::Grant& grant) {
  const auto raw = raw_of(grant);
  if (grant_count_ == kMostGrants || !raw) return false;
  put(kGrantsOffset + grant_count_ * sizeof(*raw), *raw);
  ++grant_count_;
  return true;
}

std::optional<std::size_t> StartPage::leave_empty(std::size_t count) {
  if (count > kMostGrants - grant_count_) return std::nullopt;
  const std::size_t first = grant_count_;
  grant_count_ += count;
  return first;
}

bool StartPage::fill(std::span<std::byte> page, std::size_t number, const rt::Grant& grant) {
  const auto raw = raw_of(grant);
  if (!raw || number >= kMostGrants) return false;
  const auto place = page.subspan(kGrantsOffset + number * sizeof(*raw), sizeof(*raw));
  const auto bytes = std::as_bytes(std::span(&*raw, 1));
  constexpr std::size_t kName = sizeof(raw->name);
  static_assert(offsetof(abi::StartGrant, name) == 0);
  std::ranges::copy(bytes.subspan(kName), place.subspan(kName).begin());
  std::atomic_thread_fence(std::memory_order_release);
  std::ranges::copy(bytes.first(kName), place.begin());
  return true;
}

void StartPage::empty(std::span<std::byte> page, std::size_t number) {
  std::ranges::fill(page.subspan(kGrantsOffset + number * sizeof(abi::StartGrant), sizeof(abi::StartGrant)), std::byte{0});
}

bool StartPage::add_config(std::string_view key, std::string_view value) {
  if (key.size() > page_.size() || value.size() > page_.size()) return false;
  if (room() < sizeof(abi::StartConfig) + key.size() + value.size()) return false;
  abi::StartConfig raw;
  raw.key_offset = put_string(key);
  raw.key_bytes = static_cast<std::uint32_t>(key.size());
  raw.value_offset = put_string(value);
  raw.value_bytes = static_cast<std::uint32_t>(value.size());
  put(kConfigOffset + config_count_ * sizeof(raw), raw);
  ++config_count_;
  return true;
}

void StartPage::finish(abi::StartInfo info) {
  info.magic = abi::kStartMagic;
  info.bytes = page_.size();
  info.grant_count = grant_count_;
  info.grants_offset = kGrantsOffset;
  info.config_count = config_count_;
  info.config_offset = kConfigOffset;
  put(0, info);
}

}  // namespace tessera::genesis
