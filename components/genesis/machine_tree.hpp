// SPDX-License-Identifier: Apache-2.0
// The device tree that the nucleus was started with.
#pragma once

#include "foreign/device_tree.hpp"

namespace tessera::genesis {

using foreign::DeviceTree;

// None where the machine has none, or one that cannot be used, which is said once.
[[nodiscard]] const DeviceTree* machine_tree();

}  // namespace tessera::genesis
