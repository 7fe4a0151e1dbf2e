// SPDX-License-Identifier: Apache-2.0
// expect: no viable conversion from returned value of type 'PhysAddr' to function return type 'VirtAddr'
// A physical address is no virtual one.
#include "kernel/support/addresses.hpp"

using namespace tessera::nucleus;

VirtAddr mapped_at(PhysAddr frame);
VirtAddr mapped_at(PhysAddr frame) {
#ifdef MUST_NOT_COMPILE
  return frame;
#else
  return VirtAddr{frame.value};
#endif
}
