// SPDX-License-Identifier: Apache-2.0
// openat(2) and openat2(2) for those who must not sleep.
#pragma once

#include <cstdint>

#include "components/linux/core/errno.hpp"
#include "components/linux/fs/abi.hpp"

namespace tessera::lx {

// The structure at this address, checked.
Result<abi::OpenHow> read_open_how(std::uint64_t address, std::uint64_t bytes);
// A descriptor. The end of a FIFO is opened as with O_NONBLOCK, which the open file then does not have.
Result<std::int64_t> open_without_waiting(std::uint64_t directory, std::uint64_t address, std::uint32_t flags,
                                          std::uint32_t mode, std::uint64_t restrictions);

}  // namespace tessera::lx
