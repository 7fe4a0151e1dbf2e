// SPDX-License-Identifier: Apache-2.0
// Finds a short sequence that still fails, by leaving out parts, ever smaller ones.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace tessera::nucleus::test {

using Sequence = std::vector<std::uint64_t>;

// How much of a sequence it takes until something fails; 0: nothing does.
using FailsAfter = std::function<std::size_t(const Sequence&)>;

[[nodiscard]] Sequence shortened(Sequence sequence, const FailsAfter& fails_after);

}  // namespace tessera::nucleus::test
