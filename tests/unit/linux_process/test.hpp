// SPDX-License-Identifier: Apache-2.0
// The little that these tests need: CHECK, a seeded generator, and the list of
// test functions.
#pragma once

#include <cstdint>
#include <cstdio>

namespace tessera::lx::test {

inline int failures = 0;

inline void check(bool holds, const char* what, const char* file, int line) {
  if (holds) return;
  ++failures;
  std::fprintf(stderr, "%s:%d: failed: %s\n", file, line, what);
}
#define CHECK(...) ::tessera::lx::test::check(static_cast<bool>(__VA_ARGS__), #__VA_ARGS__, __FILE__, __LINE__)

// xorshift64*: the same seed gives the same run.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15 | 1) {}
  std::uint64_t next() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return state_ * 0x2545f4914f6cdd1d;
  }
  std::uint64_t below(std::uint64_t limit) { return next() % limit; }

 private:
  std::uint64_t state_;
};

// Of this run: from the command line, else the clock; printed on failure.
extern std::uint64_t seed;

void area_tests();
void elf_tests();
void features_tests();
void futex_tests();
void page_map_tests();
void script_tests();
void seccomp_tests();
void signal_tests();
void stack_image_tests();
void time_tests();

}  // namespace tessera::lx::test
