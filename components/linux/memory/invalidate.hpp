// SPDX-License-Identifier: Apache-2.0
// When pages of a file change under its mappings (core/mapped_pages.hpp).
#pragma once

namespace tessera::lx {

class Inode;

// Installs the hook.
void watch_mapped_files();
// Counts the mappings of a file: most files have none, and cost nothing.
void add_mapping(const Inode& inode);
void remove_mapping(const Inode& inode);

}  // namespace tessera::lx
