// SPDX-License-Identifier: Apache-2.0
// What a peer that means ill does to shared memory: anything, anywhere, at any time.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "lib/ring/shared.hpp"
#include "tests/unit/lib/ring/random.hpp"

namespace tessera::test {

class Hostile {
 public:
  explicit Hostile(std::span<std::byte> region, std::size_t lively = 0)
      : words_(ring::shared_in<std::uint64_t>(region, region.size() / 8)), lively_(lively == 0 ? words_.size() : lively / 8) {}

  // A word becomes something else: a small number, near what it was, any number, or what another one is.
  // Mostly among the first `lively` bytes.
  void scribble(Random& random) {
    auto& word = words_[random.below(random.one_in(8) ? words_.size() : lively_)];
    const std::uint64_t before = word.load();
    switch (random.below(6)) {
      case 0: return word.store(random.below(256));
      case 1: return word.store(before + random.below(64));
      case 2: return word.store(before - random.below(64));
      case 3: return word.store(random.next());
      case 4: return word.store(before ^ std::uint64_t{1} << random.below(64));
      default: return word.store(words_[random.below(lively_)].load());
    }
  }

 private:
  std::span<ring::Shared<std::uint64_t>> words_;
  std::size_t lively_;
};

}  // namespace tessera::test
