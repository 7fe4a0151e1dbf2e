// SPDX-License-Identifier: Apache-2.0
// A process' view of the tree: root, working directory, umask. Shared between
// threads (CLONE_FS), copied by fork.
#pragma once

#include <cstdint>
#include <utility>

#include "components/linux/core/ref.hpp"
#include "components/linux/fs/path.hpp"

namespace tessera::lx {

class FsContext : public RefCounted {
 public:
  FsContext(Path root_path, Path working_directory, std::uint32_t mask)
      : root(std::move(root_path)), cwd(std::move(working_directory)), umask(mask) {}
  [[nodiscard]] Ref<FsContext> copy() const { return make_ref<FsContext>(root, cwd, umask); }

  Path root, cwd;
  std::uint32_t umask;
};

}  // namespace tessera::lx
