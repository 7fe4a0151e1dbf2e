// SPDX-License-Identifier: Apache-2.0
// expect: requires holding lock 'object_lock' exclusively
// The derivation tree is not touched without its lock.
#include "kernel/object/derivation.hpp"

using namespace tessera::nucleus;

void forget(Slot& slot);
void forget(Slot& slot) {
#ifndef MUST_NOT_COMPILE
  const Holding hold(object_lock);
#endif
  unlink(slot);
}
