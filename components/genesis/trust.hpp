// SPDX-License-Identifier: Apache-2.0
// Whether a program may run. Those of components that hold hardware must be signed with the manifest's key
// (docs/components.md): a driver can do more harm than others. A program is looked at before it first runs, and the answer
// kept: its bytes do not change.
#pragma once

#include <array>
#include <cstddef>
#include <expected>
#include <optional>
#include <span>
#include <string_view>

#include "components/genesis/component.hpp"
#include "lib/format/bundle.hpp"
#include "lib/signature/signature.hpp"

namespace tessera::genesis {

class Trust {
 public:
  using Answer = std::expected<void, std::string_view>;

  void begin(const format::Manifest& manifest, const format::Bundle& bundle);
  // The program that the component is about to run. An error says why it may not.
  [[nodiscard]] Answer check(const Component& component);
  // Any program, with its signature beside it.
  [[nodiscard]] Answer check(std::string_view name, std::span<const std::byte> program, const signature::Signature& with) const;

 private:
  // A program that was looked at.
  struct Seen {
    const std::byte* program = nullptr;
    Answer answer;
  };
  [[nodiscard]] Answer look(std::string_view name, std::span<const std::byte> program) const;

  std::optional<signature::PublicKey> key_;
  std::span<const std::byte> signatures_;
  std::array<Seen, 64> seen_{};
  std::size_t seen_count_ = 0;
};

}  // namespace tessera::genesis
