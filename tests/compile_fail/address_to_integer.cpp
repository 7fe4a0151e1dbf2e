// SPDX-License-Identifier: Apache-2.0
// expect: no viable conversion from returned value of type 'PhysAddr'
// An address becomes a number only where it says so.
#include "kernel/support/addresses.hpp"

using namespace tessera::nucleus;

std::uint64_t number(PhysAddr frame);
std::uint64_t number(PhysAddr frame) {
#ifdef MUST_NOT_COMPILE
  return frame;
#else
  return frame.value;
#endif
}
