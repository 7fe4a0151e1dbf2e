// SPDX-License-Identifier: Apache-2.0
// System V semaphores: what the end of a process undoes (SEM_UNDO).
#pragma once

namespace tessera::lx {

class Process;

void undo_semaphores(const Process& process);

}  // namespace tessera::lx
