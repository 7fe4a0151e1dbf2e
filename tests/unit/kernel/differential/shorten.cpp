// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/kernel/differential/shorten.hpp"

namespace tessera::nucleus::test {

Sequence shortened(Sequence sequence, const FailsAfter& fails_after) {
  std::size_t part = sequence.size() / 2;
  while (part > 0) {
    const std::size_t before = sequence.size();
    for (std::size_t start = 0; start + part <= sequence.size();) {
      Sequence fewer = sequence;
      fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(start), fewer.begin() + static_cast<std::ptrdiff_t>(start + part));
      if (const std::size_t failed = fails_after(fewer); failed != 0) {
        fewer.resize(failed);
        sequence = fewer;
      } else {
        start += part;
      }
    }
    // One by one as long as that helps.
    if (part > 1 || sequence.size() == before) part /= 2;
  }
  return sequence;
}

}  // namespace tessera::nucleus::test
