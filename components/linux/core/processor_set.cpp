// SPDX-License-Identifier: Apache-2.0
#include "components/linux/core/processor_set.hpp"

#include <algorithm>

#include "components/linux/core/log.hpp"

namespace tessera::lx {

std::string list_text(ProcessorSet set) {
  std::string text;
  while (set != 0) {
    const auto first = static_cast<unsigned>(std::countr_zero(set));
    const auto count = static_cast<unsigned>(std::countr_one(set >> first));
    if (!text.empty()) text.push_back(',');
    text += decimal(first);
    if (count > 1) text += '-' + decimal(first + count - 1);
    if (first + count >= kMostProcessors) break;
    set = set >> (first + count) << (first + count);
  }
  return text;
}

std::string mask_text(ProcessorSet set) {
  std::string digits;
  const unsigned count = std::max(1u, (static_cast<unsigned>(std::bit_width(set)) + 3) / 4);
  for (unsigned i = count; i-- > 0;) {
    digits.push_back("0123456789abcdef"[set >> (4 * i) & 15]);
    if (i == 8) digits.push_back(',');
  }
  return digits;
}

}  // namespace tessera::lx
