// SPDX-License-Identifier: Apache-2.0
// What the machine's I/O ports need of an architecture that has some (arch::kHasIoPorts).
// On the others nobody can make an IoPorts capability.
#pragma once

#include <cstdint>

namespace tessera::nucleus::arch {

// Some of these are the nucleus' own.
bool ports_reserved(std::uint64_t first, std::uint64_t last);
std::uint32_t port_read(std::uint16_t port, unsigned bytes);
void port_write(std::uint16_t port, unsigned bytes, std::uint32_t value);

}  // namespace tessera::nucleus::arch
