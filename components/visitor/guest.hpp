// SPDX-License-Identifier: Apache-2.0
// The guest's code (arch/*/guest.S): position-independent, copied to where the guest sees it.
#pragma once

#include <cstddef>

extern "C" {
extern const std::byte visitor_code;      // first byte
extern const std::byte visitor_code_end;  // behind the last
extern const std::byte visitor_call;      // a system call, and again for ever
extern const std::byte visitor_vectors;   // x0 to the vector registers, a call, back to x1, a call
extern const std::byte visitor_load;      // loads from x3
extern const std::byte visitor_store;     // stores to x3
extern const std::byte visitor_undefined;
extern const std::byte visitor_scalable;    // an instruction of SVE
extern const std::byte visitor_privileged;  // reads a register of the nucleus'
extern const std::byte visitor_pointer;     // counts its thread pointer up, then a call
extern const std::byte visitor_spin;        // counts x0 up for ever
}
