// SPDX-License-Identifier: Apache-2.0
// QEMU's monitor: asked for one thing, where the processors are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tessera::tools::run {

// RIP of each of `count` processors; waits at most about two seconds for the answer, and
// then tells those that it has.
[[nodiscard]] std::vector<std::uint64_t> instruction_pointers(int monitor, std::size_t count);

}  // namespace tessera::tools::run
