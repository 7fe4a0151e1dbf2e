// SPDX-License-Identifier: Apache-2.0
// All rings of the container: what the end of a thread looks through.
#pragma once

#include <vector>

#include "components/linux/core/ref.hpp"
#include "components/linux/io_ring/ring.hpp"

namespace tessera::lx {

std::vector<IoRing*>& all_rings();

// `visit` may make rings go, but not come.
template <typename Visit>
void for_each_ring(Visit visit) {
  std::vector<Ref<IoRing>> kept;
  for (IoRing* const ring : all_rings()) kept.emplace_back(ring);
  for (const Ref<IoRing>& ring : kept) visit(*ring);
}

}  // namespace tessera::lx
