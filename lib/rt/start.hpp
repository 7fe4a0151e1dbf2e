// SPDX-License-Identifier: Apache-2.0
// The start page (docs/formats.md, "Start page"): what genesis gave this component.
// Every offset and count is checked before use; a page that is not well-formed has
// no grants and no configuration.
#pragma once

#include <abi/nucleus.hpp>
#include <abi/start.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace tessera::rt {

struct Grant {
  std::string_view name;
  abi::ObjectType kind = abi::ObjectType::none;
  std::uint64_t handle = 0;
  std::uint64_t address = 0;   // Memory: where mapped, 0 not; IoPorts: first; Interrupt: message address
  std::uint64_t bytes = 0;     // Memory, Untyped: size; IoPorts: count
  std::uint64_t physical = 0;  // Memory with the dma right
  std::uint64_t extra = 0;     // Interrupt: message data; Untyped: node
};

struct ConfigEntry {
  std::string_view key;
  std::string_view value;
};

class Start {
 public:
  constexpr Start() = default;
  // `page`: all of the start page that is mapped.
  explicit Start(std::span<const std::byte> page);

  [[nodiscard]] bool valid() const { return info_ != nullptr; }
  [[nodiscard]] const abi::StartInfo& info() const { return *info_; }  // valid() only

  [[nodiscard]] std::size_t grant_count() const { return grants_.size(); }
  [[nodiscard]] Grant grant_at(std::size_t index) const;
  [[nodiscard]] std::optional<Grant> grant(std::string_view name) const;
  // One of a kind: none when it is missing or of another kind.
  [[nodiscard]] std::optional<Grant> grant(std::string_view name, abi::ObjectType kind) const;

  [[nodiscard]] std::size_t config_count() const { return config_.size(); }
  [[nodiscard]] ConfigEntry config_at(std::size_t index) const;
  [[nodiscard]] std::optional<std::string_view> config(std::string_view key) const;

  // Tells genesis that dependents may start.
  void ready() const;

 private:
  [[nodiscard]] std::string_view text(std::uint32_t offset, std::uint32_t bytes) const;

  std::span<const std::byte> page_;
  const abi::StartInfo* info_ = nullptr;
  std::span<const abi::StartGrant> grants_;
  std::span<const abi::StartConfig> config_;
};

// The memory of a grant that is mapped.
[[nodiscard]] std::span<std::byte> bytes_of(const Grant& grant);

}  // namespace tessera::rt
