// SPDX-License-Identifier: Apache-2.0
// What the Machine does with devices and DMA domains.
#pragma once

#include "kernel/ipc/invocation.hpp"

namespace tessera::nucleus {

Error assign_device(Invocation& call) REQUIRES(object_lock);
Error take_dma_fault(Invocation& call) REQUIRES(object_lock);

}  // namespace tessera::nucleus
