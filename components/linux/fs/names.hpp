// SPDX-License-Identifier: Apache-2.0
// Changes of names: what mkdir, unlink, rename and the like do after their paths
// were walked. Checks permission, changes the directory and the tree of names together.
#pragma once

#include <cstdint>
#include <string_view>

#include "components/linux/core/errno.hpp"
#include "components/linux/fs/path.hpp"

namespace tessera::lx {

class Walker;

// `mode` with type bits, umask not yet applied.
Result<void> make_node(const Path& start, std::string_view path, std::uint32_t mode, std::uint64_t rdev);
Result<void> make_symlink(const Path& start, std::string_view path, std::string_view target);
Result<void> remove_name(const Path& start, std::string_view path, bool directory);
Result<void> make_link(const Path& target, const Path& start, std::string_view path);
Result<void> rename_path(const Path& from_start, std::string_view from, const Path& to_start, std::string_view to,
                         std::uint32_t flags);

}  // namespace tessera::lx
