// SPDX-License-Identifier: Apache-2.0
#include "components/fs/service/mounters.hpp"

#include <array>

#include "components/fs/service/ext4_mounter.hpp"

namespace tessera::fs {

std::span<Mounter* const> mounters() {
  static constinit Ext4Mounter ext4;
  static constinit std::array<Mounter*, 1> all{&ext4};
  return all;
}

}  // namespace tessera::fs
