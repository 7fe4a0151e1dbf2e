// SPDX-License-Identifier: Apache-2.0
// What a tenant's thread runs: it makes the system calls that the ancestor writes down
// for it, one after another, with its own capabilities in its own address space.
#pragma once

#include <arch_system_call.hpp>

#include <cstdint>

namespace tessera::tenants {

// In memory that both see. The ancestor writes while the tenant waits for the answer to its report.
struct Desk {
  std::uint64_t report = 0;             // endpoint to the ancestor, a handle of the tenant
  std::uint64_t look = 0;               // if not 0, an address to read instead of making a call
  rt::arch::Registers registers;        // the call, then what came of it
  std::uint64_t reply = 0;              // Reply object of the call
  std::uint64_t seen = 0;               // what was read at `look`
};

[[noreturn]] void follow_orders(Desk& desk);

}  // namespace tessera::tenants
