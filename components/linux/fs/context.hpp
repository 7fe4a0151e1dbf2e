// SPDX-License-Identifier: Apache-2.0
// A process' view of the tree: root, working directory, umask, mount namespace. Shared between
// threads (CLONE_FS), copied by fork.
#pragma once

#include <cstdint>
#include <utility>

#include "components/linux/core/ref.hpp"
#include "components/linux/fs/mount.hpp"
#include "components/linux/fs/path.hpp"

namespace tessera::lx {

class FsContext : public RefCounted {
 public:
  FsContext(Path root_path, Path working_directory, std::uint32_t mask, Ref<MountTable> mount_namespace)
      : root(std::move(root_path)), cwd(std::move(working_directory)), umask(mask), mounts(std::move(mount_namespace)) {}
  [[nodiscard]] Ref<FsContext> copy() const { return make_ref<FsContext>(root, cwd, umask, mounts); }

  Path root, cwd;
  std::uint32_t umask;
  Ref<MountTable> mounts;  // its mount namespace
};

}  // namespace tessera::lx
