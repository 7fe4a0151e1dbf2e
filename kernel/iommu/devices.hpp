// SPDX-License-Identifier: Apache-2.0
// Which device is in which domain. A device is in one at most; one that is in none reaches
// no memory.
#pragma once

#include <cstdint>

#include "dma_units.hpp"
#include "kernel/iommu/dma_domain.hpp"

namespace tessera::nucleus {

// The machine's IOMMUs, all of them.
extern DmaUnits dma_units;

// Busy: it is in another domain, or on its way out.
[[nodiscard]] Result<void> put_into(DmaDomain& domain, std::uint64_t device) REQUIRES(object_lock);
// One step of taking it out of its domain. True: it is in none.
[[nodiscard]] bool take_out_step(std::uint64_t device) REQUIRES(object_lock);
// The same for all devices of a domain.
[[nodiscard]] bool take_all_out_step(DmaDomain& domain) REQUIRES(object_lock);

}  // namespace tessera::nucleus
