// SPDX-License-Identifier: Apache-2.0
// There is no guest mode in a host process.
#pragma once

#include "kernel/object/thread.hpp"

namespace tessera::nucleus::arch {
inline abi::Error guest_run(Thread&, AddressSpace&) { return abi::Error::unsupported; }
}  // namespace tessera::nucleus::arch
