// SPDX-License-Identifier: Apache-2.0
// tmpfs: extended attributes. Charged to the file system by the page, so that they cannot fill memory.
#include <algorithm>
#include <memory>

#include "components/linux/fs/tmpfs.hpp"

namespace tessera::lx {
namespace {

std::uint64_t pages_for(std::uint64_t bytes) { return (bytes + kPageBytes - 1) / kPageBytes; }

}  // namespace

Result<void> TmpFs::change_attribute_bytes(std::uint64_t added, std::uint64_t removed) {
  std::uint64_t next = attribute_bytes_ + added - removed;
  std::uint64_t before = pages_for(attribute_bytes_), after = pages_for(next);
  if (after > before) TRY(charge_pages(after - before));
  if (after < before) uncharge_pages(before - after);
  attribute_bytes_ = next;
  return {};
}

Result<void> TmpInode::set_extended_attribute(std::string_view name, std::span<const std::byte> value,
                                              std::uint32_t flags) {
  if (!extended_) extended_ = std::make_unique<ExtendedAttributes>();
  TRY(extended_->check_set(name, flags));
  const ExtendedAttributes::Entry* old = extended_->find(name);
  std::uint64_t removed = old == nullptr ? 0 : ExtendedAttributes::cost(name.size(), old->value.size());
  TRY(tmpfs_.change_attribute_bytes(ExtendedAttributes::cost(name.size(), value.size()), removed));
  extended_->set(name, value);
  attributes.changed = current_time();
  return {};
}

Result<void> TmpInode::remove_extended_attribute(std::string_view name) {
  const ExtendedAttributes::Entry* old = extended_ ? extended_->find(name) : nullptr;
  if (old == nullptr) return fail(Errno::enodata);
  TRY(tmpfs_.change_attribute_bytes(0, ExtendedAttributes::cost(name.size(), old->value.size())));
  TRY(extended_->remove(name));
  attributes.changed = current_time();
  return {};
}

TmpInode::~TmpInode() {
  tmpfs_.count_inode(false);
  if (!extended_) return;
  std::uint64_t bytes = 0;
  for (const auto& entry : extended_->entries())
    bytes += ExtendedAttributes::cost(entry.name.size(), entry.value.size());
  // Giving back cannot fail.
  static_cast<void>(tmpfs_.change_attribute_bytes(0, bytes));
}

}  // namespace tessera::lx
