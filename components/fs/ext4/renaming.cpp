// SPDX-License-Identifier: Apache-2.0
#include <optional>

#include "components/fs/ext4/inline_data.hpp"
#include "components/fs/ext4/instance.hpp"
#include "components/fs/ext4/naming.hpp"
#include "components/fs/ext4/orphans.hpp"

namespace tessera::fs::ext4 {

Result<void> remove_entry(Operation& operation, Inode& directory, std::string_view name) {
  if (directory.has(in::kInlineDataFlag)) TRY(move_inline_out(operation, directory));
  return remove_name(operation, directory, TRY(find_name(operation, directory, name)));
}

Result<void> replace_entry(Operation& operation, Inode& directory, std::string_view name, std::uint32_t inode, std::uint32_t mode) {
  if (directory.has(in::kInlineDataFlag)) TRY(move_inline_out(operation, directory));
  return set_inode(operation, directory, TRY(find_name(operation, directory, name)), inode, mode);
}

namespace {

constexpr unsigned kMostParents = 4096;

// Whether `directory` is `inode`, or below it.
Result<bool> is_below(Operation& operation, std::uint32_t directory, std::uint32_t inode) {
  for (unsigned step = 0; step < kMostParents; ++step) {
    if (directory == inode) return true;
    if (directory == kRootInode) return false;
    const Inode at = TRY(open_directory(operation, directory));
    directory = TRY(find_parent(operation, at)).inode;
  }
  return fail(Error::corrupt);
}

Result<void> set_parent(Operation& operation, Inode& directory, std::uint32_t parent) {
  if (directory.has(in::kInlineDataFlag)) {
    put32(TRY(directory.edit()), in::kBlock, parent);
    return {};
  }
  return set_inode(operation, directory, TRY(find_parent(operation, directory)), parent, mode::kDirectory);
}

struct Names {
  InodeNumber from, to;
  std::string_view name, to_name;
  Time now;
};

// Both exist.
Result<void> exchange(Operation& operation, const Names& names, Inode& from, Inode& to, Inode& one, Inode& other) {
  const bool across = from.number() != to.number();
  TRY(replace_entry(operation, from, names.name, other.number(), other.mode()));
  TRY(replace_entry(operation, to, names.to_name, one.number(), one.mode()));
  if (across && one.is_directory() != other.is_directory()) {
    TRY(count_directory(operation, from, one.is_directory() ? -1 : 1));
    TRY(count_directory(operation, to, one.is_directory() ? 1 : -1));
  }
  if (across && one.is_directory()) TRY(set_parent(operation, one, to.number()));
  if (across && other.is_directory()) TRY(set_parent(operation, other, from.number()));
  TRY(one.set_times(AttributeChange::kChanged, names.now));
  return other.set_times(AttributeChange::kChanged, names.now);
}

// What lost its last name; 0: nothing.
Result<std::uint32_t> rename_in(Operation& operation, const Names& names, std::uint32_t flags) {
  Inode from = TRY(open_directory(operation, names.from));
  Inode to = TRY(open_directory(operation, names.to));
  if (names.name.empty() || names.name == "." || names.name == "..") return fail(Error::invalid);
  if (names.name.size() > kLongestName) return fail(Error::name_too_long);
  TRY(check_new_name(to, names.to_name));
  const Place place = TRY(find_name(operation, from, names.name));
  Inode inode = TRY(Inode::open(operation, place.inode));
  std::optional<Inode> old;
  if (TRY(has_name(operation, to, names.to_name))) {
    const Place there = TRY(find_name(operation, to, names.to_name));
    old = TRY(Inode::open(operation, there.inode));
  }
  const bool across = from.number() != to.number(), swap = (flags & kRenameExchange) != 0;
  if (old && (flags & kRenameNoReplace) != 0) return fail(Error::exists);
  if (!old && swap) return fail(Error::not_found);
  if (old && old->number() == inode.number()) return 0;  // two names of one file stay
  // A directory must not come to lie below itself.
  if (across && inode.is_directory() && TRY(is_below(operation, to.number(), inode.number()))) return fail(Error::invalid);
  if (swap && across && old->is_directory() && TRY(is_below(operation, from.number(), old->number()))) return fail(Error::invalid);
  operation.notes.push_back({.inode = inode.number(), .data = true});
  TRY(touch_directory(operation, from, names.now));
  TRY(touch_directory(operation, to, names.now));
  if (swap) {
    operation.notes.push_back({.inode = old->number(), .data = true});
    TRY(exchange(operation, names, from, to, inode, *old));
    return 0;
  }
  if (old) {
    if (inode.is_directory() && !old->is_directory()) return fail(Error::not_directory);
    if (!inode.is_directory() && old->is_directory()) return fail(Error::is_directory);
    if (old->is_directory() && !TRY(is_empty(operation, *old))) return fail(Error::not_empty);
    TRY(replace_entry(operation, to, names.to_name, inode.number(), inode.mode()));
    if (old->is_directory()) TRY(count_directory(operation, to, -1));
    TRY(drop_link(operation, *old, names.now));
  } else {
    TRY(add_name(operation, to, names.to_name, inode.number(), inode.mode()));
  }
  TRY(remove_entry(operation, from, names.name));
  if (inode.is_directory() && across) {
    TRY(count_directory(operation, from, -1));
    TRY(count_directory(operation, to, 1));
    TRY(set_parent(operation, inode, to.number()));
  }
  TRY(inode.set_times(AttributeChange::kChanged, names.now));
  return old && old->links() == 0 ? old->number() : 0;
}

}  // namespace

Io<> Instance::rename(InodeNumber from, std::string_view name, InodeNumber to, std::string_view to_name, std::uint32_t flags, Time now) {
  Volume& volume = *volume_;
  if ((flags & ~(kRenameNoReplace | kRenameExchange)) != 0 || flags == (kRenameNoReplace | kRenameExchange)) co_return fail(Error::invalid);
  const Names names{.from = from, .to = to, .name = name, .to_name = to_name, .now = now};
  const Result<std::uint32_t> gone =
      co_await change(volume, [&](Operation& operation) { return rename_in(operation, names, flags); });
  if (!gone) co_return fail(gone.error());
  if (*gone == 0) co_return Result<void>();
  const auto state = volume.inodes.find(*gone);
  if (state != volume.inodes.end() && state->second.kept != 0) co_return Result<void>();
  (void)co_await free_inode(volume, *gone);  // what cannot be freed now stays an orphan
  co_return Result<void>();
}

}  // namespace tessera::fs::ext4
