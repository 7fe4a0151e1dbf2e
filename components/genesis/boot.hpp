// SPDX-License-Identifier: Apache-2.0
// What the nucleus told genesis, and how genesis comes to a thread of the usual
// kind. The thread that the nucleus starts has no thread pointer; it makes the main
// thread (one of rt::Thread) and from then on waits for that one's fault: a defect
// in genesis ends the machine with a line that says so.
#pragma once

#include <abi/nucleus.hpp>

#include "components/genesis/store.hpp"

namespace tessera::genesis {

inline constexpr std::uint64_t kBootMagic = 0x5445'5353'4552'4131;

[[nodiscard]] const abi::BootInfo& boot();
[[nodiscard]] Store& store();

// Everything else; on the main thread.
[[noreturn]] void run();

}  // namespace tessera::genesis
