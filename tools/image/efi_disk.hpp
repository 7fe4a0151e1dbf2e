// SPDX-License-Identifier: Apache-2.0
// A disk image that UEFI firmware on AArch64 boots, from a disk or a USB stick: one FAT
// partition with the loader, the nucleus and the bundle. The same inputs give the same bytes.
#pragma once

#include <string>

#include "tools/support/result.hpp"

namespace tessera::tools::image {

struct EfiDiskInputs {
  std::string loader;   // path of the EFI program
  std::string nucleus;  // path of the Image
  std::string bundle;   // path of the bundle
};

[[nodiscard]] Result<void> write_efi_disk(const EfiDiskInputs& inputs, const std::string& output);

}  // namespace tessera::tools::image
