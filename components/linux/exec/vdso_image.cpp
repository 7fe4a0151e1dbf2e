// SPDX-License-Identifier: Apache-2.0
#include "components/linux/exec/vdso_image.hpp"

// The bytes between two symbols of vdso_bytes.S: the only place that knows.
#pragma clang unsafe_buffer_usage begin
extern "C" {
extern const std::byte vdso_image_begin[];
extern const std::byte vdso_image_end[];
}

namespace tessera::lx {

std::span<const std::byte> vdso_image() { return std::span<const std::byte>(vdso_image_begin, vdso_image_end); }

}  // namespace tessera::lx
#pragma clang unsafe_buffer_usage end
