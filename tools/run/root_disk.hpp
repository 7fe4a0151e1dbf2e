// SPDX-License-Identifier: Apache-2.0
// An image for a root file system.
#pragma once

#include <cstdint>
#include <string>

#include "tools/support/result.hpp"

namespace tessera::tools::run {

// How large it is by default, for so many bytes of files.
[[nodiscard]] std::uint64_t root_disk_bytes(std::uint64_t content);

// Makes FILE, sparse, with an empty ext4 file system on it.
[[nodiscard]] Result<void> make_ext4(const std::string& file, std::uint64_t bytes);

}  // namespace tessera::tools::run
