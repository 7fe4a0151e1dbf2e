// SPDX-License-Identifier: Apache-2.0
// What the manifest grants a component, given.
#pragma once

#include "components/genesis/gift.hpp"
#include "components/genesis/life.hpp"

namespace tessera::genesis {

// Exactly the manifest's grants, channels and pools, its memory, and its configuration.
void give_grants(FirstGift& gift, const Component& component, const Surroundings& around);
// Its Log capability if granted, else 0.
[[nodiscard]] Handle give_log(Gift& gift, const Component& component);

}  // namespace tessera::genesis
