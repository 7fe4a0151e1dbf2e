// SPDX-License-Identifier: Apache-2.0
// Writes a start page (docs/formats.md, "Start page"). Grants follow the head, the
// configuration's table follows room for the most grants there can be, strings grow
// down from the end. What does not fit is refused, never cut.
#pragma once

#include <abi/start.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "lib/rt/start.hpp"

namespace tessera::genesis {

class StartPage {
 public:
  static constexpr std::size_t kBytes = 64 * 1024;
  static constexpr std::size_t kMostGrants = 128;

  // `page` is zeroed and of kBytes.
  explicit StartPage(std::span<std::byte> page) : page_(page), strings_(page.size()) {}

  // False: no room, or the name is too long.
  [[nodiscard]] bool add(const rt::Grant& grant);
  [[nodiscard]] bool add_config(std::string_view key, std::string_view value);
  // Leaves `count` grants empty, to be written later; the number of the first. None: no room.
  [[nodiscard]] std::optional<std::size_t> leave_empty(std::size_t count);
  // One of those, in a page that is a component's already. Its name, by which it is found, comes last and goes first.
  [[nodiscard]] static bool fill(std::span<std::byte> page, std::size_t number, const rt::Grant& grant);
  static void empty(std::span<std::byte> page, std::size_t number);
  // Writes the head; counts and offsets are filled in here.
  void finish(abi::StartInfo info);

 private:
  static constexpr std::size_t kGrantsOffset = sizeof(abi::StartInfo);
  static constexpr std::size_t kConfigOffset = kGrantsOffset + kMostGrants * sizeof(abi::StartGrant);

  template <typename T>
  void put(std::size_t offset, const T& value);
  [[nodiscard]] std::uint32_t put_string(std::string_view text);
  [[nodiscard]] std::size_t room() const { return strings_ - (kConfigOffset + config_count_ * sizeof(abi::StartConfig)); }

  std::span<std::byte> page_;
  std::size_t grant_count_ = 0;
  std::size_t config_count_ = 0;
  std::size_t strings_;  // offset of the lowest string
};

}  // namespace tessera::genesis
