// SPDX-License-Identifier: Apache-2.0
// Finds the header of the object that a capability is for.
#pragma once

#include "kernel/object/header.hpp"
#include "kernel/object/slot.hpp"

namespace tessera::nucleus {

// Null for types without an object in the nucleus' memory (Memory, Untyped,
// IoPorts, Log, Machine).
ObjectHeader* header_of(const Slot& slot);

}  // namespace tessera::nucleus
