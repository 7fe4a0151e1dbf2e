// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "components/fs/service/mounts.hpp"

namespace tessera::fs {

class FatMounter final : public Mounter {
 public:
  [[nodiscard]] std::uint32_t kind() const override;
  [[nodiscard]] std::string_view name() const override { return "FAT"; }
  Io<bool> probe(BlockDevice& device) override;
  Io<Volume> mount(BlockDevice& device, MountOptions options) override;
};

}  // namespace tessera::fs
