// SPDX-License-Identifier: Apache-2.0
// Random numbers with another seed in each run, which is printed; TESSERA_SEED repeats a run.
#pragma once

#include <cstdio>
#include <random>

#include "tests/unit/kernel/fixture/random.hpp"

namespace tessera::test {

class Random : public nucleus::test::Random {
 public:
  explicit Random(const char* what) : nucleus::test::Random(printed(what, nucleus::test::seed_or(std::random_device{}()))) {}

 private:
  static std::uint64_t printed(const char* what, std::uint64_t seed) {
    std::printf("%s: TESSERA_SEED=%llu\n", what, static_cast<unsigned long long>(seed));
    return seed;
  }
};

}  // namespace tessera::test
