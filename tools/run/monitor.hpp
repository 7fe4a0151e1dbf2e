// SPDX-License-Identifier: Apache-2.0
// QEMU's monitor: asked for one thing, where the processor is.
#pragma once

#include <cstdint>
#include <optional>

namespace tessera::tools::run {

// RIP of the first processor; waits at most about two seconds for the answer.
[[nodiscard]] std::optional<std::uint64_t> instruction_pointer(int monitor);

}  // namespace tessera::tools::run
