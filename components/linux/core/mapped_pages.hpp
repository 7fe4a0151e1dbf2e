// SPDX-License-Identifier: Apache-2.0
// What a file system tells the mappings of its files. A hook, so that file
// systems need not know address spaces; memory/invalidate.cpp installs it.
#pragma once

#include <cstdint>

namespace tessera::lx {

class Inode;

// Whether copies that a private mapping made of the pages go with them, as where a
// file was cut, or stay, as everywhere else.
enum class PrivateCopies : std::uint8_t { stay, go };

using MappedPagesChanged = void (*)(const Inode& inode, std::uint64_t first, std::uint64_t end, PrivateCopies copies);
inline MappedPagesChanged mapped_pages_changed = nullptr;

// Pages [first, end) of the file have other frames now, or none: who mapped the
// old ones must ask again. Cheap for a file that nobody has mapped.
inline void pages_changed(const Inode& inode, std::uint64_t first, std::uint64_t end,
                          PrivateCopies copies = PrivateCopies::stay) {
  if (mapped_pages_changed != nullptr) mapped_pages_changed(inode, first, end, copies);
}

using MappedForWriting = bool (*)(const Inode& inode);
inline MappedForWriting mapped_for_writing_hook = nullptr;

// Somebody shares pages of the file and may write to them.
inline bool mapped_for_writing(const Inode& inode) {
  return mapped_for_writing_hook != nullptr && mapped_for_writing_hook(inode);
}

}  // namespace tessera::lx
