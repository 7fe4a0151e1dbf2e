// SPDX-License-Identifier: Apache-2.0
// What the manifest grants a component, given.
#pragma once

#include "components/genesis/channels.hpp"
#include "components/genesis/gift.hpp"
#include "lib/format/bundle.hpp"

namespace tessera::genesis {

// Exactly the manifest's grants and channels, its memory, and its configuration.
void give_grants(Gift& gift, const Component& component, const Channels& channels, const format::Bundle& bundle);
// Its Log capability if granted, else 0.
[[nodiscard]] Handle give_log(Gift& gift, const Component& component);

}  // namespace tessera::genesis
