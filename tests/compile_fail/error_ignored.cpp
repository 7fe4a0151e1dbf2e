// SPDX-License-Identifier: Apache-2.0
// expect: ignoring return value of function declared with 'nodiscard' attribute
// A Result that may hold an error is looked at.
#include "kernel/memory/page_pool.hpp"

using namespace tessera::nucleus;

bool take_one(PagePool& pool);
bool take_one(PagePool& pool) {
#ifdef MUST_NOT_COMPILE
  pool.take();
  return true;
#else
  return pool.take().has_value();
#endif
}
