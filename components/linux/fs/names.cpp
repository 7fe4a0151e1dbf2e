// SPDX-License-Identifier: Apache-2.0
// mkdir, mknod, symlink, unlink, rmdir, link, rename.
#include "components/linux/fs/names.hpp"

#include <utility>

#include "components/linux/fs/context.hpp"
#include "components/linux/fs/file_system.hpp"
#include "components/linux/fs/mount.hpp"
#include "components/linux/fs/node_cache.hpp"
#include "components/linux/fs/notify.hpp"
#include "components/linux/fs/permission.hpp"
#include "components/linux/fs/walk.hpp"
#include "components/linux/process/contract.hpp"

namespace tessera::lx {
namespace {

constexpr std::uint32_t kMostLinks = 65000;

// May names be added to or taken from this directory?
Result<void> check_change(const Path& directory) {
  TRY(check_writable(directory));
  if (directory.node->deleted()) return fail(Errno::enoent);
  return check_access(current_credentials(), directory.inode(), kMayWrite | kMayExecute);
}

// The walker stands before a name that must not exist yet.
Result<void> check_new(Walker& walker, bool directory) {
  if (walker.last() != LastComponent::name) return fail(Errno::eexist);
  auto found = walker.lookup_last();
  if (found) return fail(Errno::eexist);
  if (found.error() != Errno::enoent) return fail(found.error());
  if (walker.trailing_slash() && !directory) return fail(Errno::enoent);
  return check_change(walker.directory());
}

Result<void> check_remove(const Path& directory, const Path& entry) {
  TRY(check_change(directory));
  return check_sticky(current_credentials(), directory.inode(), entry.inode());
}

// `replaced`: what had the new name, and lost it.
void notify_move(const Path& from, std::string_view name, const Path& to, std::string_view to_name, const Path& moved,
                 const Path* replaced) {
  const bool directory = moved.inode().directory();
  const std::uint32_t cookie = next_rename_cookie();
  notify_name(from.inode(), kNotifyMovedFrom, name, directory, cookie);
  notify_name(to.inode(), kNotifyMovedTo, to_name, directory, cookie);
  if (replaced != nullptr) notify_inode(replaced->inode(), kNotifyAttributes);
  notify_inode(moved.inode(), kNotifyMoveSelf);
}

}  // namespace

Result<void> make_node(const Path& start, std::string_view path, std::uint32_t mode, std::uint64_t rdev) {
  bool directory = (mode & kTypeMask) == kDirectory;
  bool device = (mode & kTypeMask) == kCharDevice || (mode & kTypeMask) == kBlockDevice;
  Walker walker(start, current_fs().root, current_credentials());
  TRY(walker.begin(path));
  TRY(check_new(walker, directory));
  // Only a whiteout (0:0) needs no privilege.
  if (device && rdev != 0 && current_credentials().euid != 0) return fail(Errno::eperm);
  const Path& at = walker.directory();
  Ref<Inode> made = TRY(at.inode().create(walker.name(), mode & ~current_fs().umask, device ? rdev : 0));
  node_cache().insert(*at.node, walker.name(), std::move(made));
  notify_name(at.inode(), kNotifyCreate, walker.name(), directory);
  return {};
}

Result<void> make_symlink(const Path& start, std::string_view path, std::string_view target) {
  if (target.empty()) return fail(Errno::enoent);
  Walker walker(start, current_fs().root, current_credentials());
  TRY(walker.begin(path));
  TRY(check_new(walker, false));
  TRY(walker.directory().inode().symlink(walker.name(), target));
  notify_name(walker.directory().inode(), kNotifyCreate, walker.name(), false);
  return {};
}

Result<void> remove_name(const Path& start, std::string_view path, bool directory) {
  Walker walker(start, current_fs().root, current_credentials());
  TRY(walker.begin(path));
  switch (walker.last()) {
    case LastComponent::name: break;
    case LastComponent::dot: return fail(directory ? Errno::einval : Errno::eisdir);
    case LastComponent::dot_dot: return fail(directory ? Errno::enotempty : Errno::eisdir);
    case LastComponent::directory: return fail(directory ? Errno::ebusy : Errno::eisdir);
  }
  Path at = walker.directory();
  Path found = TRY(walker.lookup_last());
  if (walker.trailing_slash() && !directory)
    return fail(found.inode().directory() ? Errno::eisdir : Errno::enotdir);
  if (found.mount != at.mount || found.node->mounts != 0) return fail(Errno::ebusy);
  TRY(check_remove(at, found));
  TRY(at.inode().unlink(walker.name(), found.inode(), directory));
  node_cache().remove(*at.node, walker.name());
  if (!directory) notify_inode(found.inode(), kNotifyAttributes);
  // The end of the inode is told before that of its name.
  found = {};
  notify_name(at.inode(), kNotifyDelete, walker.name(), directory);
  return {};
}

Result<void> make_link(const Path& target, const Path& start, std::string_view path) {
  Walker walker(start, current_fs().root, current_credentials());
  TRY(walker.begin(path));
  TRY(check_new(walker, false));
  const Path& at = walker.directory();
  Inode& inode = target.inode();
  if (&inode.file_system() != &at.inode().file_system() || target.mount != at.mount) return fail(Errno::exdev);
  if (inode.directory()) return fail(Errno::eperm);
  if (inode.attributes.links >= kMostLinks) return fail(Errno::emlink);
  TRY(at.inode().link(walker.name(), inode));
  node_cache().insert(*at.node, walker.name(), target.node->inode_ref());
  notify_inode(inode, kNotifyAttributes);
  notify_name(at.inode(), kNotifyCreate, walker.name(), false);
  return {};
}

Result<void> rename_path(const Path& from_start, std::string_view from, const Path& to_start, std::string_view to,
                         std::uint32_t flags) {
  bool exchange = (flags & kRenameExchange) != 0;
  if ((flags & ~(kRenameNoReplace | kRenameExchange)) != 0) return fail(Errno::einval);
  if (exchange && (flags & kRenameNoReplace) != 0) return fail(Errno::einval);
  const Credentials& who = current_credentials();
  Walker source(from_start, current_fs().root, who), target(to_start, current_fs().root, who);
  TRY(source.begin(from));
  TRY(target.begin(to));
  if (source.directory().mount != target.directory().mount) return fail(Errno::exdev);
  if (source.last() != LastComponent::name) return fail(Errno::ebusy);
  if (target.last() != LastComponent::name)
    return fail((flags & kRenameNoReplace) != 0 ? Errno::eexist : Errno::ebusy);
  Path old_directory = source.directory(), new_directory = target.directory();
  Path moved = TRY(source.lookup_last());
  auto replaced = target.lookup_last();
  if (!replaced && replaced.error() != Errno::enoent) return fail(replaced.error());
  if (replaced && (flags & kRenameNoReplace) != 0) return fail(Errno::eexist);
  if (!replaced && exchange) return fail(Errno::enoent);
  bool directory = moved.inode().directory();
  if (!directory && source.trailing_slash()) return fail(Errno::enotdir);
  if (!directory && target.trailing_slash() && !exchange) return fail(Errno::enotdir);
  // A directory cannot go below itself, nor take the place of one above it.
  if (new_directory.node->below(*moved.node)) return fail(Errno::einval);
  if (replaced && old_directory.node->below(*replaced->node))
    return fail(exchange ? Errno::einval : Errno::enotempty);
  auto mounted = [](const Path& path, const Path& in) { return path.mount != in.mount || path.node->mounts != 0; };
  if (mounted(moved, old_directory) || (replaced && mounted(*replaced, new_directory))) return fail(Errno::ebusy);
  TRY(check_remove(old_directory, moved));
  if (replaced)
    TRY(check_remove(new_directory, *replaced));
  else
    TRY(check_change(new_directory));
  // Moving a directory changes its "..".
  if (directory && old_directory.node != new_directory.node) TRY(check_access(who, moved.inode(), kMayWrite));
  if (replaced && replaced->node->inode_ref() == moved.node->inode_ref()) return {};
  TRY(old_directory.inode().rename(source.name(), moved.inode(), new_directory.inode(), target.name(),
                                   replaced ? &replaced->inode() : nullptr, flags));
  node_cache().rename(*old_directory.node, source.name(), *new_directory.node, target.name(), exchange);
  notify_move(old_directory, source.name(), new_directory, target.name(), moved,
              replaced && !exchange ? &*replaced : nullptr);
  if (replaced && exchange) notify_move(new_directory, target.name(), old_directory, source.name(), *replaced, nullptr);
  return {};
}

}  // namespace tessera::lx
