// SPDX-License-Identifier: Apache-2.0
// What was changed in memory goes to the disk, in an order that a loss of power can interrupt anywhere.
#pragma once

#include "components/fs/fat/volume.hpp"

namespace tessera::fs::fat {

// All of these: for one that has the volume exclusively.

// Before a change: it may be made, there is room in memory for it, and the volume is marked as not cleanly unmounted.
Io<> begin_change(Volume& volume);
// All that was changed is durable.
Io<> commit(Volume& volume);
// The free clusters as the next mount would like to know them, and the mark of a clean unmount.
Io<> mark_clean(Volume& volume);
// Whether the volume was cleanly unmounted, as the disk says.
Io<bool> marked_clean(Volume& volume);

}  // namespace tessera::fs::fat
