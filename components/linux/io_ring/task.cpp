// SPDX-License-Identifier: Apache-2.0
#include "components/linux/io_ring/task.hpp"

#include "components/linux/io_ring/ring.hpp"
#include "components/linux/io_ring/rings.hpp"
#include "components/linux/process/thread.hpp"

namespace tessera::lx {

void run_ring_task(Thread& thread) {
  RingTask& task = *thread.ring_task;
  // Not below itself, and not once it ends: then they are cancelled.
  if (task.running || thread.ending) return;
  task.running = true;
  while (!task.ready.empty() && !thread.ending) {
    Request& request = *task.ready.front();
    task.ready.pop_front();
    request.taken();
    const Ref<File> keep(&request.ring);  // it may close the ring's last descriptor
    request.ring.run(request);
  }
  task.running = false;
}

void end_ring_task(Thread& thread) {
  if (thread.ring_task == nullptr) return;
  for_each_ring([&](IoRing& ring) { ring.cancel_thread(thread); });
  delete thread.ring_task;
  thread.ring_task = nullptr;
}

}  // namespace tessera::lx
