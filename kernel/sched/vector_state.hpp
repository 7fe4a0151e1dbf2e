// SPDX-License-Identifier: Apache-2.0
// Whose guest's vector registers (x86-64: and GS base) a core holds: they stay there until another thread's guest needs it,
// and nothing else uses them. For machines; in a test's process no core holds any.
#pragma once

#include "kernel/object/thread.hpp"

namespace tessera::nucleus {

// What the personality left in the state page is newer than what the core holds.
inline bool is_newer(const abi::GuestState& state) { return __atomic_load_n(&state.load_extended, __ATOMIC_RELAXED) != 0; }

namespace arch {
// The architecture's part of save_extended: from the registers to the state page.
void store_extended(abi::GuestState& state);
}  // namespace arch

}  // namespace tessera::nucleus
