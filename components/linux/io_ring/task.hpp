// SPDX-License-Identifier: Apache-2.0
// What a thread has to do for the rings it submitted to: requests that may go on.
// It does so before its guest runs again, and where it would sleep or has slept:
// other threads could run there too, so nothing is in the middle of a change.
#pragma once

#include <list>

namespace tessera::lx {

class Request;
class Thread;

struct RingTask {
  std::list<Request*> ready;
  bool running = false;
};

// Of a thread that has a task.
void run_ring_task(Thread& thread);
// The thread ends, or becomes another program: its requests are cancelled.
void end_ring_task(Thread& thread);

}  // namespace tessera::lx
