// SPDX-License-Identifier: Apache-2.0
// Which of the numbers in syscall/calls.inc are this architecture's.
#pragma once

namespace tessera::lx {

consteval int number_here(int, int aarch64) { return aarch64; }

}  // namespace tessera::lx
