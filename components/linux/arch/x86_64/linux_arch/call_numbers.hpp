// SPDX-License-Identifier: Apache-2.0
// Which of the numbers in syscall/calls.inc are this architecture's.
#pragma once

namespace tessera::lx {

consteval int number_here(int x86_64, int) { return x86_64; }

}  // namespace tessera::lx
