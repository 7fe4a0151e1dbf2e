// SPDX-License-Identifier: Apache-2.0
// The vdso: a small shared object that every process has mapped, so that reading
// the clock costs no system call. In front of it lies a page with the numbers it
// reads (vvar).
#pragma once

#include <cstdint>

#include "components/linux/core/errno.hpp"

namespace tessera::lx {

class AddressSpace;

// Copies image and clock page into frames of their own. Once, when the clock runs.
Result<void> prepare_vdso();
// Maps both so that they end at or below `top`; answers the lower end.
Result<std::uint64_t> map_vdso(AddressSpace& memory, std::uint64_t top);
// Where the ELF header is (AT_SYSINFO_EHDR); 0 when there is no vdso.
std::uint64_t vdso_header(const AddressSpace& memory);

}  // namespace tessera::lx
