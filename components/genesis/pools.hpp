// SPDX-License-Identifier: Apache-2.0
// Pools: memory in one piece that several components share (docs/formats.md). Genesis' own; it
// outlives the members' restarts.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "components/genesis/store.hpp"
#include "lib/format/manifest.hpp"

namespace tessera::genesis {

struct Pool {
  std::string_view name;
  Handle memory = 0;
  std::uint64_t bytes = 0;
  std::uint64_t physical = 0;
};

class Pools {
 public:
  // Makes what the manifest names, each the largest power of two that is not more than that says. To be called while
  // memory is still in large pieces; fatal without memory.
  void make(const format::Manifest& manifest);
  // None: there is no pool of that name.
  [[nodiscard]] const Pool* find(std::string_view name) const;

 private:
  std::array<Pool, format::Manifest::kMostPools> pools_{};
  std::size_t count_ = 0;
};

}  // namespace tessera::genesis
