// SPDX-License-Identifier: Apache-2.0
// The hashes of names that directories are indexed by.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "components/fs/bytes.hpp"

namespace tessera::fs::ext4 {

enum class HashKind : std::uint8_t { legacy, half_md4, tea };

struct NameHasher {
  HashKind kind = HashKind::half_md4;
  bool unsigned_characters = false;
  std::array<std::uint32_t, 4> seed{};

  // None: a version that is not known.
  [[nodiscard]] static std::optional<NameHasher> of(std::uint8_t version, bool unsigned_characters,
                                                    const std::array<std::uint32_t, 4>& seed);
  // Even, and less than 0xffff'fffe.
  [[nodiscard]] std::uint32_t operator()(std::string_view name) const;
};

}  // namespace tessera::fs::ext4
