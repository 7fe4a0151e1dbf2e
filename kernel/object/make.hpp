// SPDX-License-Identifier: Apache-2.0
// Sizes and construction of objects.
#pragma once

#include "kernel/object/slot.hpp"
#include "kernel/support/addresses.hpp"
#include "kernel/support/result.hpp"

namespace tessera::nucleus {

struct Namespace;

// Bytes an object takes, a power of two and its alignment. `size_bits` as in
// retype: checked here.
Result<std::uint64_t> bytes_of(ObjectType type, std::uint64_t size_bits);

// Constructs an object in zeroed memory and fills an empty slot with all rights
// to it. The caller links the slot. What is a member of a namespace joins `owner`
// (null: it is the root Namespace).
void make_object(Slot& slot, ObjectType type, unsigned size_bits, PhysAddr at, Namespace* owner);
}  // namespace tessera::nucleus
