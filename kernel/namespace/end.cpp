// SPDX-License-Identifier: Apache-2.0
#include "kernel/namespace/lifecycle.hpp"
#include "kernel/object/destroy.hpp"

namespace tessera::nucleus {

template <typename T>
static void move_to(T& member, Namespace& heir) {
  leave(member);
  join(member, heir);
}

bool empty_namespace_step(Namespace& space) {
  Namespace& heir = *space.parent;
  Namespace* at = &space;
  while (Namespace* below = at->children.front()) at = below;
  if (Thread* thread = at->threads.front()) {
    if (release_step(*thread)) move_to(*thread, heir);
  } else if (AddressSpace* table_space = at->spaces.front()) {
    if (release_step(*table_space)) move_to(*table_space, heir);
  } else if (DmaDomain* domain = at->domains.front()) {
    if (release_step(*domain)) move_to(*domain, heir);
  } else if (CapTable* table = at->tables.front()) {
    if (release_step(*table)) move_to(*table, heir);
  } else if (Budget* budget = at->budgets.front()) {
    if (budget->contention.empty() || clear_step(budget->contention)) move_to(*budget, heir);
  } else if (at != &space) {
    move_to(*at, heir);
  } else {
    return true;
  }
  return false;
}

}  // namespace tessera::nucleus
