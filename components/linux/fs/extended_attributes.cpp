// SPDX-License-Identifier: Apache-2.0
// The extended attributes of an inode.
#include "components/linux/fs/extended_attributes.hpp"

#include <algorithm>

namespace tessera::lx {

const ExtendedAttributes::Entry* ExtendedAttributes::find(std::string_view name) const {
  auto found = std::ranges::find(entries_, name, &Entry::name);
  return found == entries_.end() ? nullptr : &*found;
}

Result<void> ExtendedAttributes::check_set(std::string_view name, std::uint32_t flags) const {
  bool there = find(name) != nullptr;
  if (there && (flags & kCreate) != 0) return fail(Errno::eexist);
  if (!there && (flags & kReplace) != 0) return fail(Errno::enodata);
  return {};
}

void ExtendedAttributes::set(std::string_view name, std::span<const std::byte> value) {
  auto found = std::ranges::find(entries_, name, &Entry::name);
  if (found != entries_.end())
    found->value.assign(value.begin(), value.end());
  else
    entries_.push_back({std::string(name), {value.begin(), value.end()}});
}

Result<void> ExtendedAttributes::remove(std::string_view name) {
  auto found = std::ranges::find(entries_, name, &Entry::name);
  if (found == entries_.end()) return fail(Errno::enodata);
  entries_.erase(found);
  return {};
}

}  // namespace tessera::lx
