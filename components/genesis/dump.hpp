// SPDX-License-Identifier: Apache-2.0
// What is said in the log of a component that faulted.
#pragma once

#include "components/genesis/component.hpp"
#include "lib/rt/system_call.hpp"

namespace tessera::genesis {

// `fault`: the nucleus' message: vector, error code, fault address, instruction, stack pointer.
void dump_fault(const Component& component, const rt::Message& fault);

}  // namespace tessera::genesis
