// SPDX-License-Identifier: Apache-2.0
// The kinds of file systems that there are here.
#pragma once

#include <span>

#include "components/fs/service/mounts.hpp"

namespace tessera::fs {

[[nodiscard]] std::span<Mounter* const> mounters();

}  // namespace tessera::fs
