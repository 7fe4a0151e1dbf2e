// SPDX-License-Identifier: Apache-2.0
// Guest mode on AArch64.
#pragma once

#include "kernel/object/thread.hpp"
#include "kernel/support/result.hpp"

namespace tessera::nucleus::arch {

// The calling thread's guest runs in `space` from here on. Fails without effect.
abi::Error guest_run(Thread& thread, AddressSpace& space);
// The running thread's guest trapped; why is in its state page.
void leave_guest(Thread& thread, abi::GuestExit reason);

}  // namespace tessera::nucleus::arch
