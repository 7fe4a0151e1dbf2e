// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "components/linux/process/usage.hpp"

namespace tessera::lx {

class Thread;

// What one thread used, up to now.
Usage usage_of(const Thread& thread);
Usage usage_of(const Thread& thread, std::uint64_t ran_ns);  // where that is known

}  // namespace tessera::lx
