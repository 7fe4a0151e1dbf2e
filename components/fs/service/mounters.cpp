// SPDX-License-Identifier: Apache-2.0
#include "components/fs/service/mounters.hpp"

#include <array>

#include "components/fs/service/ext4_mounter.hpp"
#include "components/fs/service/fat_mounter.hpp"

namespace tessera::fs {

std::span<Mounter* const> mounters() {
  static constinit Ext4Mounter ext4;
  static constinit FatMounter fat;
  static constinit std::array<Mounter*, 2> all{&ext4, &fat};
  return all;
}

}  // namespace tessera::fs
