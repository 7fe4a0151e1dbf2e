// SPDX-License-Identifier: Apache-2.0
// A hybrid ISO image that boots by BIOS and by UEFI, from a disc or a USB stick:
// GRUB loads the nucleus by Multiboot2 with the bundle as its module. The same
// inputs give the same bytes.
#pragma once

#include <string>

#include "tools/support/result.hpp"

namespace tessera::tools::image {

struct IsoInputs {
  std::string nucleus;       // path of the ELF
  std::string bundle;        // path of the bundle
  std::string command_line;  // for the nucleus; may be empty
};

[[nodiscard]] Result<void> write_iso(const IsoInputs& inputs, const std::string& output);

}  // namespace tessera::tools::image
