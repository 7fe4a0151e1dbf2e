// SPDX-License-Identifier: Apache-2.0
#include "components/fs/ext4/inline_data.hpp"

#include <algorithm>

#include "components/fs/ext4/attributes.hpp"

namespace tessera::fs::ext4 {

Result<InlineParts> inline_parts(const Inode& inode) {
  InlineParts parts{.first = inode.map(), .second = {}};
  if (const auto value = TRY(value_in_inode(inode, kInlineDataName))) parts.second = inode.raw().subspan(value->at, value->bytes);
  return parts;
}

Result<std::size_t> read_inline(const Inode& inode, std::uint64_t offset, Room to) {
  const InlineParts parts = TRY(inline_parts(inode));
  const std::uint64_t size = inode.size();
  if (size > parts.first.size() + parts.second.size()) return fail(Error::corrupt);
  std::size_t done = 0;
  while (done < to.size() && offset < size) {
    const bool in_first = offset < parts.first.size();
    const Bytes part = in_first ? parts.first : parts.second;
    const std::size_t at = static_cast<std::size_t>(offset) - (in_first ? 0 : parts.first.size());
    const std::size_t bytes = std::min({to.size() - done, part.size() - at, static_cast<std::size_t>(size - offset)});
    copy(to.subspan(done), part.subspan(at, bytes));
    done += bytes;
    offset += bytes;
  }
  return done;
}

Result<std::array<Bytes, 2>> inline_entries(Operation&, const Inode& directory) {
  const InlineParts parts = TRY(inline_parts(directory));
  return std::array{parts.first.subspan(4), parts.second};
}

Result<Place> find_inline_name(Operation& operation, const Inode& directory, std::string_view name) {
  if (name == "..") return find_parent(operation, directory);
  for (const Bytes part : TRY(inline_entries(operation, directory))) {
    const auto place = TRY(find_in_block(operation.volume, part, Place::kInline, static_cast<std::uint32_t>(part.size()), name));
    if (place) return *place;
  }
  return fail(Error::not_found);
}

}  // namespace tessera::fs::ext4
