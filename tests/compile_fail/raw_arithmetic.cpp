// SPDX-License-Identifier: Apache-2.0
// expect: [-Werror,-Wunsafe-buffer-usage]
// Nor is anything added to one.
#include <cstddef>

const std::byte* behind(const std::byte* at, std::size_t bytes);
const std::byte* behind(const std::byte* at, std::size_t bytes) {
#ifdef MUST_NOT_COMPILE
  return at + bytes;
#else
  return bytes == 0 ? at : nullptr;
#endif
}
