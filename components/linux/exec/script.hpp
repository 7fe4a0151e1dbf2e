// SPDX-License-Identifier: Apache-2.0
// "#!": which program runs a script (Linux: fs/binfmt_script.c's rules).
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "components/linux/core/errno.hpp"

namespace tessera::lx {

// Bytes of a file that tell what it is.
inline constexpr std::size_t kProgramHeadBytes = 256;

struct Script {
  std::string interpreter;
  std::string argument;  // all that follows, as one; empty for none
};

bool looks_like_script(std::span<const std::byte> head);
// `head`: the first bytes of the file, at most kProgramHeadBytes. ENOEXEC. The
// name of the interpreter may be empty ("#!" and nothing else).
Result<Script> read_script(std::span<const std::byte> head);

}  // namespace tessera::lx
