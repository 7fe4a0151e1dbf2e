// SPDX-License-Identifier: Apache-2.0
// System calls that need no lock, because they look at and change nothing but what is their
// own thread's, or that share it and hold a lock of what they concern. Others still see the
// thread in its guest: a kick that comes meanwhile ends the guest_run that follows.
//
// A call that turns out to concern others, that would fail, or whose memory is not at hand
// answers nothing and has done nothing that may not be done again: it is served with the lock.
// Only where there are several processors: with one nobody could wait for the lock.
#pragma once

#include <optional>

#include "components/linux/syscall/table.hpp"

namespace tessera::lx {

using BesideCall = std::optional<std::int64_t> (*)(const Arguments&);

// Null for a call that is always served with the lock.
[[nodiscard]] BesideCall beside_call(std::uint64_t number);

#define BESIDE(name) std::optional<std::int64_t> beside_##name(const Arguments&);
#include "components/linux/syscall/beside.inc"
#undef BESIDE

}  // namespace tessera::lx
