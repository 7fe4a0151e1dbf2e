// SPDX-License-Identifier: Apache-2.0
// The channels to the servers of the machine's disks, and the thread that writes back to them.
#pragma once

#include "lib/rt/start.hpp"

namespace tessera::lx {

// Attaches the channels `disk0`, `disk1`, ... as many as there are, and makes the disks'
// device nodes. Waits for what their servers say of them. With the big lock held. False: a channel is broken.
bool open_disk_channels(const rt::Start& start);
// Starts the thread that writes dirty pages back some seconds later. Nothing to do without disks.
bool start_write_back();

}  // namespace tessera::lx
