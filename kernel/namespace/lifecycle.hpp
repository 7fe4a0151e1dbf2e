// SPDX-License-Identifier: Apache-2.0
// Suspending namespaces, and their end. Each function does a bounded step; the caller
// repeats it, with preemption points between.
#pragma once

#include "kernel/namespace/namespace.hpp"
#include "kernel/support/lock.hpp"

namespace tessera::nucleus {

struct Invocation;

// After `suspended` or the audit of a namespace changed: brings the threads below in line.
[[nodiscard]] std::uint64_t begin_walk();
[[nodiscard]] bool walk_step(Namespace& top, std::uint64_t walk) REQUIRES(object_lock);

// A member that joins has nothing to be visited for.
void start_membership(Thread& thread, const Namespace& space);
void start_membership(Namespace& child);

// One step towards a namespace without members: those below first, then its threads,
// spaces and tables, which give up all they hold and, when capabilities to them
// remain, are empty shells in the namespace above. True when it is empty.
[[nodiscard]] bool empty_namespace_step(Namespace& space) REQUIRES(object_lock);

// Namespace.inspect.
[[nodiscard]] Error inspect(Invocation& call, Namespace& space);

}  // namespace tessera::nucleus
