// SPDX-License-Identifier: Apache-2.0
// expect: [-Werror,-Wunsafe-buffer-usage]
// A raw pointer is not indexed: a span is.
#include <cstdint>
#include <span>

std::uint64_t second(const std::uint64_t* words);
std::uint64_t second(const std::uint64_t* words) {
#ifdef MUST_NOT_COMPILE
  return words[1];
#else
  return words == nullptr ? 0 : *words;
#endif
}
