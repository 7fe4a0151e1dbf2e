// SPDX-License-Identifier: Apache-2.0
// For file systems: what to do when the pages of a file change under mappings.
#pragma once

#include <cstdint>

namespace tessera::lx {

class Inode;

// Pages [first, end) of the file have new frames, or none: processes that mapped
// the old ones must ask again. Private copies stay. Costs a walk over all areas:
// only needed when a frame that goes away has other references.
void forget_mapped_pages(const Inode& inode, std::uint64_t first, std::uint64_t end);

}  // namespace tessera::lx
