// SPDX-License-Identifier: Apache-2.0
// Which slots of the component's own table are free. Knows indices only; the
// caller serialises.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace tessera::rt {

class Slots {
 public:
  static constexpr std::uint64_t kMost = 65536;  // slots of a table that are ever used

  constexpr Slots() = default;

  // Slots [first, first + count) are free.
  constexpr void initialise(std::uint64_t first, std::uint64_t count) {
    used_.fill(~std::uint64_t{0});
    const std::uint64_t end = first + count < kMost ? first + count : kMost;
    for (std::uint64_t slot = first; slot < end; ++slot) give_back(slot);
    next_ = first / 64;
  }

  [[nodiscard]] constexpr std::optional<std::uint64_t> take() {
    for (std::size_t step = 0; step < used_.size(); ++step) {
      const std::size_t at = (next_ + step) % used_.size();
      if (~used_[at] == 0) continue;
      next_ = at;
      const auto bit = static_cast<unsigned>(std::countr_one(used_[at]));
      used_[at] |= std::uint64_t{1} << bit;
      return at * 64 + bit;
    }
    return std::nullopt;
  }

  constexpr void give_back(std::uint64_t slot) {
    if (slot < kMost) used_[slot / 64] &= ~(std::uint64_t{1} << slot % 64);
  }

 private:
  std::array<std::uint64_t, kMost / 64> used_{};
  std::size_t next_ = 0;
};

}  // namespace tessera::rt
