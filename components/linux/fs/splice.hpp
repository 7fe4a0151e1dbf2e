// SPDX-License-Identifier: Apache-2.0
// splice(2) and tee(2) between open files.
#pragma once

#include <cstdint>
#include <optional>

#include "components/linux/core/errno.hpp"
#include "components/linux/fs/file.hpp"

namespace tessera::lx {

// One side: with a position given, that is used and moved, and not the file's own.
struct SpliceEnd {
  File& file;
  std::optional<std::uint64_t> position;
};
Result<std::int64_t> splice_files(SpliceEnd& in, SpliceEnd& out, std::uint64_t count, std::uint32_t flags);
Result<std::int64_t> tee_files(File& in, File& out, std::uint64_t count, std::uint32_t flags);

}  // namespace tessera::lx
