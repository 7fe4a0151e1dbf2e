// SPDX-License-Identifier: Apache-2.0
// The IOMMUs that there are on this architecture.
#pragma once

#include "kernel/iommu/smmu.hpp"

namespace tessera::nucleus {
using DmaUnits = Smmu;
}
