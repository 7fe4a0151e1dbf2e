// SPDX-License-Identifier: Apache-2.0
// What threads know of their namespaces: whether uses are recorded, and whether they
// may run. A thread is frozen while its namespace or one above it is
// suspended; a walk over the threads below brings each in line. The lists turn under
// the walk: what was visited goes to their end with the number of the newest walk, so
// that one which was preempted goes on where it was, whatever joined or left meanwhile.
#include "kernel/namespace/lifecycle.hpp"
#include "kernel/object/endpoint.hpp"
#include "kernel/sched/scheduler.hpp"

namespace tessera::nucleus {

static std::uint64_t newest_walk = 0;

static bool is_suspended(const Namespace& space) {
  const Namespace* up = &space;
  while (up != nullptr && !up->suspended) up = up->parent;
  return up != nullptr;
}

static void freeze(Thread& thread) {
  thread.unusual.frozen = true;
  switch (thread.state) {
    case ThreadState::ready:
    case ThreadState::throttled:
      make_unready(thread);
      thread.state = ThreadState::paused;
      break;
    case ThreadState::receiving:
      // No sender may find it: it waits again when it goes on.
      leave_queue(thread);
      release_replies(thread);
      thread.frame.restart_call();
      thread.frame.set_tag((thread.frame.tag() & ~std::uint64_t{0xff}) | static_cast<std::uint64_t>(abi::Call::wait));
      thread.state = ThreadState::paused;
      break;
    case ThreadState::sending:
    case ThreadState::awaiting_reply:
    case ThreadState::waiting:  // make_ready pauses it when the wait ends
    case ThreadState::paused:
    case ThreadState::stopped: break;
  }
}

static void thaw(Thread& thread) {
  thread.unusual.frozen = false;
  if (thread.state == ThreadState::paused) make_ready(thread);
}

void start_membership(Thread& thread, const Namespace& space) {
  thread.audited = space.trail.events();
  thread.visited = newest_walk;
  thread.unusual.frozen = is_suspended(space);
}
void start_membership(Namespace& child) { child.visited = newest_walk; }

std::uint64_t begin_walk() { return ++newest_walk; }

bool walk_step(Namespace& top, std::uint64_t walk) {
  for (Namespace* at = &top;;) {
    if (Thread* thread = at->threads.front(); thread != nullptr && thread->visited < walk) {
      reach(*thread);
      at->threads.remove(*thread);
      at->threads.push_back(*thread);
      thread->visited = newest_walk;
      thread->audited = at->trail.events();
      const bool frozen = is_suspended(*at);
      if (frozen && !thread->unusual.frozen) freeze(*thread);
      if (!frozen && thread->unusual.frozen) thaw(*thread);
      return false;
    }
    if (Namespace* child = at->children.front(); child != nullptr && child->visited < walk) {
      at = child;
      continue;
    }
    if (at == &top) return true;
    at->visited = newest_walk;
    at->parent->children.remove(*at);
    at->parent->children.push_back(*at);
    return false;
  }
}

}  // namespace tessera::nucleus
