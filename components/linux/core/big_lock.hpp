// SPDX-License-Identifier: Apache-2.0
// The one lock that guards all of the personality's shared state. A thread holds
// it from the moment its guest traps until the guest runs again, except while it
// sleeps. Lock order: nothing is taken under it but the heap's own lock.
#pragma once

#include "lib/rt/mutex.hpp"

namespace tessera::lx {

extern rt::Mutex big_lock;

}  // namespace tessera::lx
