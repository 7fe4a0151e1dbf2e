// SPDX-License-Identifier: Apache-2.0
// Seeds for components, from the nucleus' seed by splitmix64 steps over its words
// and the clock. As good as that seed is; not a generator for keys.
#pragma once

#include <cstdint>

namespace tessera::genesis {

[[nodiscard]] std::uint64_t next_random();

}  // namespace tessera::genesis
