// SPDX-License-Identifier: Apache-2.0
// Seals of a file in memory (fcntl(2), "File Sealing"): what nobody may do to it any
// more. They are only ever added.
#pragma once

#include <cstdint>

#include "components/linux/core/errno.hpp"

namespace tessera::lx {

class File;

// F_SEAL_* of Linux.
inline constexpr std::uint32_t kSealSeal = 1, kSealShrink = 2, kSealGrow = 4, kSealWrite = 8, kSealFutureWrite = 16,
                               kSealExec = 32;
inline constexpr std::uint32_t kAllSeals = 63;
// Against new ways to write; what was mapped before kSealFutureWrite may still be written to.
inline constexpr std::uint32_t kNoNewWrites = kSealWrite | kSealFutureWrite;

Result<std::int64_t> add_seals(File& file, std::uint32_t seals);
Result<std::int64_t> get_seals(const File& file);

}  // namespace tessera::lx
