// SPDX-License-Identifier: Apache-2.0
// A guest is what the thread that plays the core says it is: only going in and out is here.
#pragma once

#include "kernel/object/thread.hpp"

namespace tessera::nucleus::arch {
abi::Error guest_run(Thread& thread, AddressSpace& space);
void leave_guest(Thread& thread, abi::GuestExit reason);
}  // namespace tessera::nucleus::arch
