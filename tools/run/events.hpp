// SPDX-License-Identifier: Apache-2.0
// What QEMU tells of the machine (QMP), of which one thing is of interest: that its system said that it has failed.
#pragma once

namespace tessera::tools::run {

// Asks for events. Before the machine ends.
void ask_for_events(int events);
// The machine's system told of a failure. After the machine's end, or near it: what has come by now is looked at.
[[nodiscard]] bool told_of_failure(int events);

}  // namespace tessera::tools::run
