// SPDX-License-Identifier: Apache-2.0
// expect: ignoring return value of function declared with 'nodiscard' attribute
// A step that says whether it is finished is not called in vain.
#include "kernel/object/destroy.hpp"

using namespace tessera::nucleus;

void finish();
void finish() {
  const Holding hold(object_lock);
#ifdef MUST_NOT_COMPILE
  drain_step();
#else
  while (!drain_step()) {}
#endif
}
