// SPDX-License-Identifier: Apache-2.0
// An Untyped whose pages become an object's page tables.
#pragma once

#include <span>

#include "kernel/memory/page_pool.hpp"
#include "kernel/object/slot.hpp"
#include "kernel/support/lock.hpp"

namespace tessera::nucleus {

struct Namespace;
struct Way;

// All of it joins the pool, and one of the object's slots for donations is derived from it. `owner`: whose the object is.
[[nodiscard]] Result<void> donate(Slot& untyped, std::span<Slot> donations, PagePool& pool, const Namespace* owner, const Way& way)
    REQUIRES(object_lock);

}  // namespace tessera::nucleus
