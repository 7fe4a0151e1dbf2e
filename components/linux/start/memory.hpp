// SPDX-License-Identifier: Apache-2.0
// Dividing the component's memory: a share stays Untyped, for nucleus objects and
// page tables; all else becomes frames, for guests, the page cache and the heap.
#pragma once

#include "lib/rt/start.hpp"

namespace tessera::lx {

// Builds the frame pool, names the bundle's root data, lets the heap grow from
// frames. False: not enough memory, or the nucleus refused; the log says what.
bool set_up_memory(const rt::Start& start);
// Gives the heap a shelf for each processor, where there are several. Before there are other threads.
void spread_heap();

}  // namespace tessera::lx
