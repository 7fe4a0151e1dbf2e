// SPDX-License-Identifier: Apache-2.0
// open(2).
#include "components/linux/fs/open.hpp"

#include <utility>

#include "components/linux/fs/context.hpp"
#include "components/linux/fs/file_table.hpp"
#include "components/linux/fs/inode_file.hpp"
#include "components/linux/fs/lease.hpp"
#include "components/linux/fs/mount.hpp"
#include "components/linux/fs/node_cache.hpp"
#include "components/linux/fs/notify.hpp"
#include "components/linux/fs/permission.hpp"
#include "components/linux/fs/walk.hpp"
#include "components/linux/process/contract.hpp"

namespace tessera::lx {
namespace {

constexpr std::int32_t kAtFdCwd = -100;

// What access mode and O_TRUNC need of the inode.
std::uint32_t wanted_access(std::uint32_t flags) {
  std::uint32_t wanted = 0;
  std::uint32_t access = flags & kOpenAccessMask;
  if (access != kOpenWriteOnly) wanted |= kMayRead;
  if (access != kOpenReadOnly || (flags & kOpenTruncate) != 0) wanted |= kMayWrite;
  return wanted;
}

Result<void> check_open(const Path& found, std::uint32_t flags) {
  Inode& inode = found.inode();
  std::uint32_t wanted = wanted_access(flags);
  bool writes = (wanted & kMayWrite) != 0;
  if (inode.type() == kSymlink) return fail(Errno::eloop);
  if (inode.directory() && writes) return fail(Errno::eisdir);
  // Devices and pipes take no part in a file system's being read-only.
  if (writes && inode.type() == kRegular) TRY(check_writable(found));
  TRY(check_access(current_credentials(), inode, wanted));
  if (writes && inode.executions != 0) return fail(Errno::etxtbsy);
  if ((flags & kOpenNoAccessTime) != 0 && !owns(current_credentials(), inode)) return fail(Errno::eperm);
  return {};
}

Result<Ref<File>> make_file(const Path& found, std::uint32_t flags) {
  Inode& inode = found.inode();
  if ((flags & kOpenTruncate) != 0 && inode.type() == kRegular) {
    drop_set_id(inode);
    if (inode.attributes.size != 0)
      TRY(inode.truncate(0));
    else
      touch_modified(inode);
    notify(found, kNotifyModify);
  }
  Ref<File> file = TRY(inode.open(flags));
  if (!file->path) file->path = found;
  notify(*file, kNotifyOpen);
  return file;
}

Result<Ref<File>> create_file(Walker& walker, std::uint32_t flags, std::uint32_t mode) {
  const Path& directory = walker.directory();
  TRY(check_writable(directory));
  if (directory.node->deleted()) return fail(Errno::enoent);
  TRY(check_access(current_credentials(), directory.inode(), kMayWrite | kMayExecute));
  mode = kRegular | (mode & 07777 & ~current_fs().umask);
  Ref<Inode> made = TRY(directory.inode().create(walker.name(), mode, 0));
  Path found{directory.mount, node_cache().insert(*directory.node, walker.name(), made)};
  notify_name(directory.inode(), kNotifyCreate, walker.name(), false);
  // The mode does not bind the open that makes the file.
  Ref<File> file = TRY(made->open(flags));
  file->path = std::move(found);
  notify(*file, kNotifyOpen);
  return file;
}

Result<Ref<File>> open_temporary(const Path& directory, std::uint32_t flags, std::uint32_t mode) {
  if ((flags & kOpenAccessMask) == kOpenReadOnly) return fail(Errno::einval);
  if (!directory.inode().directory()) return fail(Errno::enotdir);
  TRY(check_writable(directory));
  TRY(check_access(current_credentials(), directory.inode(), kMayWrite | kMayExecute));
  mode = kRegular | (mode & 07777 & ~current_fs().umask);
  Ref<Inode> made = TRY(directory.inode().create_unnamed(mode));
  Ref<File> file = TRY(made->open(flags));
  file->path = Path{directory.mount, make_ref<PathNode>(directory.node, "#tmpfile", made)};
  return file;
}

}  // namespace

Result<Ref<File>> open_found(const Path& found, std::uint32_t flags) {
  if ((flags & kOpenPath) != 0) {
    Ref<File> file = make_ref<PathFile>();
    file->path = found;
    return file;
  }
  TRY(check_open(found, flags));
  TRY(break_leases(found.inode(), (wanted_access(flags) & kMayWrite) != 0, (flags & kOpenNonBlock) == 0));
  return make_file(found, flags);
}

Result<Ref<File>> open_path(const Path& start, std::string_view path, std::uint32_t flags, std::uint32_t mode,
                            std::uint64_t restrictions) {
  Path root = current_fs().root;
  if ((restrictions & (kResolveBeneath | kResolveInRoot)) != 0) root = start;
  bool create = (flags & kOpenCreate) != 0 && (flags & kOpenPath) == 0;
  bool temporary = (flags & kOpenTemporaryBit) != 0 && (flags & kOpenPath) == 0;
  bool exclusive = create && (flags & kOpenExclusive) != 0;
  bool follow = (flags & kOpenNoFollow) == 0 && !exclusive;
  Walker walker(start, std::move(root), current_credentials(), restrictions);
  TRY(walker.begin(path));
  while (true) {
    auto looked = walker.lookup_last();
    if (!looked) {
      if (!create || looked.error() != Errno::enoent || walker.last() != LastComponent::name)
        return fail(looked.error());
      if (walker.trailing_slash()) return fail(Errno::eisdir);
      return create_file(walker, flags, mode);
    }
    Path found = std::move(*looked);
    Inode& inode = found.inode();
    bool last_is_name = walker.last() == LastComponent::name;
    if (inode.type() == kSymlink && last_is_name && (follow || (walker.trailing_slash() && !exclusive))) {
      TRY(walker.follow(found));
      continue;
    }
    if (exclusive) return fail(Errno::eexist);
    if (create && inode.directory()) return fail(Errno::eisdir);
    if ((walker.trailing_slash() || (flags & kOpenDirectory) != 0) && !inode.directory()) return fail(Errno::enotdir);
    if (temporary) return open_temporary(found, flags, mode);
    return open_found(found, flags);
  }
}

namespace {

Result<Program> program_at(const Path& found) {
  Inode& inode = found.inode();
  if (inode.type() == kSymlink) return fail(Errno::eloop);
  if (inode.type() != kRegular) return fail(Errno::eacces);
  TRY(check_access(current_credentials(), inode, kMayExecute));
  if (found.mount && (found.mount->flags & kMountNoExec) != 0) return fail(Errno::eacces);
  if (inode.writers != 0) return fail(Errno::etxtbsy);
  return Program{found.node->inode_ref(), found, Execution(found.node->inode_ref())};
}

}  // namespace

Result<Program> open_program(const Path& start, std::string_view path, bool follow, std::uint64_t restrictions) {
  Path found = TRY(walk_from(start, path, follow, restrictions));
  return program_at(found);
}

Result<Program> open_program(File& file) {
  if (!file.path) return fail(Errno::eacces);
  return program_at(file.path);
}

Result<Path> start_of(std::uint64_t directory_descriptor, std::string_view path) {
  auto descriptor = static_cast<std::int32_t>(static_cast<std::uint32_t>(directory_descriptor));
  if (path.starts_with('/')) return current_fs().root;  // the descriptor does not count
  if (descriptor == kAtFdCwd) return current_fs().cwd;
  Ref<File> file = TRY(any_file_at(directory_descriptor));
  if (!file->path || (!path.empty() && !file->path.inode().directory())) return fail(Errno::enotdir);
  return file->path;
}

}  // namespace tessera::lx
