// SPDX-License-Identifier: Apache-2.0
// The vdso as the build made it.
#pragma once

#include <cstddef>
#include <span>

namespace tessera::lx {

std::span<const std::byte> vdso_image();

}  // namespace tessera::lx
