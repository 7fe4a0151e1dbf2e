// SPDX-License-Identifier: Apache-2.0
// Numbers of Linux' system calls by name: number::read.
#pragma once

#include <cstdint>
#include <linux_arch/call_numbers.hpp>

namespace tessera::lx {

// Of a call that an architecture lacks.
inline constexpr int kNone = -1;

namespace number {
#define SERVED(name, x86_64, aarch64) inline constexpr auto name = static_cast<std::uint64_t>(number_here(x86_64, aarch64));
#define UNSERVED(name, x86_64, aarch64) SERVED(name, x86_64, aarch64)
#include "components/linux/syscall/calls.inc"
#undef UNSERVED
#undef SERVED
}  // namespace number

}  // namespace tessera::lx
