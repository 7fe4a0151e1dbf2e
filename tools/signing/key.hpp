// SPDX-License-Identifier: Apache-2.0
// The key that programs are signed with, and what it makes (lib/signature). It is a file of 64 hexadecimal digits, the
// secret seed of RFC 8032, for its owner alone.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/signature/signature.hpp"
#include "tools/support/result.hpp"

namespace tessera::tools::signing {

// Two digits a byte.
[[nodiscard]] std::string hexadecimal(std::span<const std::uint8_t> bytes);

class Key {
 public:
  // Of that file, which must be there.
  [[nodiscard]] static Result<Key> read(const std::string& file);
  // Of that file, which is made if it is not there.
  [[nodiscard]] static Result<Key> read_or_make(const std::string& file);

  [[nodiscard]] const signature::PublicKey& public_key() const { return public_; }
  // As the manifest has it.
  [[nodiscard]] std::string public_text() const;
  [[nodiscard]] signature::Signature sign(const std::string& program, std::string_view content) const;

 private:
  using Seed = std::array<std::uint8_t, 32>;
  explicit Key(const Seed& seed);

  signature::PublicKey public_{};
  std::array<std::uint8_t, 64> secret_{};
};

// The bundle's entry `signatures` (docs/formats.md) of these programs, by name.
[[nodiscard]] std::string signature_table(const std::vector<std::pair<std::string, signature::Signature>>& rows);

}  // namespace tessera::tools::signing
