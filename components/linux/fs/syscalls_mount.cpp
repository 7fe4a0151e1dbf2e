// SPDX-License-Identifier: Apache-2.0
// mount, umount2: disks, tmpfs, proc, devtmpfs, devpts, bind mounts, moves and remounts.
#include "components/linux/fs/boot.hpp"
#include "components/linux/fs/disk/disks.hpp"
#include "components/linux/fs/mount.hpp"
#include "components/linux/fs/syscall_support.hpp"

namespace tessera::lx {
namespace {

constexpr std::uint64_t kRemount = 32, kBind = 4096, kMove = 8192, kRecursive = 16384, kSilent = 32768,
                        kUnbindable = 1 << 17, kPrivate = 1 << 18, kSlave = 1 << 19, kShared = 1 << 20;
constexpr std::uint64_t kPropagation = kUnbindable | kPrivate | kSlave | kShared;
constexpr std::uint64_t kKept = kMountReadOnly | kMountNoSuid | kMountNoDev | kMountNoExec | kMountNoAccessTime |
                                kMountRelativeTime;

Result<std::string_view> optional_text(PathBuffer& buffer, std::uint64_t address) {
  if (address == 0) return std::string_view{};
  return path_argument(buffer, address);
}

std::uint64_t kept_flags(std::uint64_t flags) {
  std::uint64_t kept = flags & kKept;
  return (kept & kMountNoAccessTime) != 0 ? kept : kept | kMountRelativeTime;
}

}  // namespace

Result<std::int64_t> sys_mount(const Arguments& a) {
  if (current_credentials().euid != 0) return fail(Errno::eperm);
  std::uint64_t flags = a[3];
  constexpr std::uint64_t kMagic = 0xC0ED0000, kMagicMask = 0xffff0000;
  if ((flags & kMagicMask) == kMagic) flags &= ~kMagicMask;  // of ancient programs
  Path point = TRY(path_at(kAtFdCwd, a[1], true));
  MountTable& table = *current_fs().mounts;
  if ((flags & kRemount) != 0) {
    if (!point.mount || point.node != point.mount->root) return fail(Errno::einval);
    point.mount->flags = kept_flags(flags);
    return 0;
  }
  // Each mount is private: there is nothing that it could be shared with or follow.
  if ((flags & kPropagation) != 0) {
    if ((flags & ~(kPropagation | kRecursive | kSilent)) != 0) return fail(Errno::einval);
    if (!point.mount || point.node != point.mount->root) return fail(Errno::einval);
    return 0;
  }
  if ((flags & kMove) != 0) {
    const Path from = TRY(path_at(kAtFdCwd, a[0], true));
    TRY(table.move(from, point));
    return 0;
  }
  [[clang::uninitialized]] PathBuffer source_buffer, type_buffer, options_buffer;
  std::string_view source = TRY(optional_text(source_buffer, a[0]));
  if ((flags & kBind) != 0) {
    Path from = TRY(path_at(kAtFdCwd, a[0], true));
    TRY(table.bind(point, from, (flags & kRecursive) != 0));
    return 0;
  }
  if (a[2] == 0) return fail(Errno::einval);
  std::string_view type = TRY(path_argument(type_buffer, a[2]));
  std::string_view options = TRY(optional_text(options_buffer, a[4]));
  if (!point.inode().directory()) return fail(Errno::enotdir);
  Ref<PathNode> root;
  if (is_disk_type(type)) {
    const Path device = TRY(path_at(kAtFdCwd, a[0], true));
    root = TRY(mount_disk(device.inode(), type, options, (flags & kMountReadOnly) != 0));
  } else {
    root = TRY(file_system_root(type, options));
  }
  TRY(table.mount(point, std::move(root), source.empty() ? "none" : source,
                          kept_flags(flags)));
  return 0;
}

Result<std::int64_t> sys_umount2(const Arguments& a) {
  constexpr std::uint32_t kForce = 1, kDetach = 2, kExpire = 4, kNoFollow = 8;
  std::uint32_t flags = low32(a[1]);
  if ((flags & ~(kForce | kDetach | kNoFollow)) != 0) return fail((flags & kExpire) != 0 ? Errno::eagain : Errno::einval);
  if (current_credentials().euid != 0) return fail(Errno::eperm);
  Path path = TRY(path_at(kAtFdCwd, a[0], (flags & kNoFollow) == 0));
  TRY(current_fs().mounts->unmount(path, (flags & kDetach) != 0));
  return 0;
}

}  // namespace tessera::lx
