// SPDX-License-Identifier: Apache-2.0
// A set of processors, and how /proc and /sys write it.
#pragma once

#include <bit>
#include <cstdint>
#include <string>

namespace tessera::lx {

inline constexpr unsigned kMostProcessors = 64;
using ProcessorSet = std::uint64_t;  // a bit for each
constexpr ProcessorSet just(unsigned number) { return ProcessorSet{1} << number; }

// Calls visit(number) for each of the set, the lowest first.
template <typename Visit>
void for_each_processor(ProcessorSet set, Visit visit) {
  for (; set != 0; set &= set - 1) visit(static_cast<unsigned>(std::countr_zero(set)));
}

std::string list_text(ProcessorSet set);  // 0-3,5
std::string mask_text(ProcessorSet set);  // hexadecimal, in groups of 32 bits: 2f or 1,00000000

}  // namespace tessera::lx
