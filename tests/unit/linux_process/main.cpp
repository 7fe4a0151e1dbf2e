// SPDX-License-Identifier: Apache-2.0
// Runs all tests: linux_process [SEED].
#include <chrono>
#include <cstdlib>
#include <span>

#include "tests/unit/linux_process/test.hpp"

namespace tessera::lx::test {
std::uint64_t seed = 0;
}

int main(int count, char** values) {
  using namespace tessera::lx::test;
#pragma clang unsafe_buffer_usage begin
  const std::span<char*> arguments(values, static_cast<std::size_t>(count));
#pragma clang unsafe_buffer_usage end
  seed = arguments.size() > 1 ? std::strtoull(arguments[1], nullptr, 0)
                              : static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count());
  area_tests();
  elf_tests();
  features_tests();
  futex_tests();
  page_map_tests();
  script_tests();
  seccomp_tests();
  signal_tests();
  stack_image_tests();
  time_tests();
  if (failures != 0) std::fprintf(stderr, "%d failures with seed %llu\n", failures, static_cast<unsigned long long>(seed));
  else std::printf("linux_process: all passed, seed %llu\n", static_cast<unsigned long long>(seed));
  return failures == 0 ? 0 : 1;
}
