// SPDX-License-Identifier: Apache-2.0
// The IOMMUs of the host process: those of x86-64, whose registers are memory that a test watches.
#pragma once

#include "kernel/iommu/vtd.hpp"

namespace tessera::nucleus {
using DmaUnits = Vtd;
}
