// SPDX-License-Identifier: Apache-2.0
// When pages of a file change under its mappings (core/mapped_pages.hpp).
#pragma once

#include <cstdint>

#include "components/linux/core/mapped_pages.hpp"

namespace tessera::lx {

class Inode;

// Whoever maps pages [first, end) of the object (Backing::identity) must ask for them
// again.
void forget_mapped_pages(const void* object, std::uint64_t first, std::uint64_t end, PrivateCopies copies);
// Installs the hook.
void watch_mapped_files();
// Counts the mappings of a file: most files have none, and cost nothing.
void add_mapping(const Inode& inode);
void remove_mapping(const Inode& inode);

}  // namespace tessera::lx
