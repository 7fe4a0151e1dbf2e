// SPDX-License-Identifier: Apache-2.0
// stat, statx, access, readlink, statfs.
#include <algorithm>

#include "components/linux/fs/abi.hpp"
#include "components/linux/fs/file_system.hpp"
#include "components/linux/fs/inode_file.hpp"
#include "components/linux/fs/mount.hpp"
#include "components/linux/fs/permission.hpp"
#include "components/linux/fs/syscall_support.hpp"

namespace tessera::lx {
namespace {

constexpr std::int32_t kBlockBytes = 4096;

Result<std::int64_t> put_stat(Inode& inode, std::uint64_t address) {
  inode.refresh();
  const Attributes& from = inode.attributes;
  abi::Stat stat{};
  stat.device = inode.file_system().device();
  stat.inode = inode.number();
  stat.links = from.links;
  stat.mode = from.mode;
  stat.uid = from.uid;
  stat.gid = from.gid;
  stat.rdev = from.rdev;
  stat.size = static_cast<std::int64_t>(from.size);
  stat.block_bytes = kBlockBytes;
  stat.blocks = static_cast<std::int64_t>(inode.blocks());
  stat.accessed = from.accessed.seconds;
  stat.accessed_ns = from.accessed.nanoseconds;
  stat.modified = from.modified.seconds;
  stat.modified_ns = from.modified.nanoseconds;
  stat.changed = from.changed.seconds;
  stat.changed_ns = from.changed.nanoseconds;
  TRY(write_guest(address, stat));
  return 0;
}

abi::StatxTime statx_time(const Timespec& time) {
  return {time.seconds, static_cast<std::uint32_t>(time.nanoseconds), 0};
}

Result<std::int64_t> put_statx(const Path& path, std::uint64_t address) {
  constexpr std::uint32_t kBasicStats = 0x7ff, kBirthTime = 0x800, kMountId = 0x1000;
  Inode& inode = path.inode();
  inode.refresh();
  const Attributes& from = inode.attributes;
  abi::Statx statx{};
  statx.mask = kBasicStats | (from.born == Timespec{} ? 0 : kBirthTime) | (path.mount ? kMountId : 0);
  statx.block_bytes = kBlockBytes;
  statx.links = from.links;
  statx.uid = from.uid;
  statx.gid = from.gid;
  statx.mode = static_cast<std::uint16_t>(from.mode);
  statx.inode = inode.number();
  statx.size = from.size;
  statx.blocks = inode.blocks();
  statx.accessed = statx_time(from.accessed);
  statx.born = statx_time(from.born);
  statx.changed = statx_time(from.changed);
  statx.modified = statx_time(from.modified);
  statx.rdev_major = low32(device_major(from.rdev));
  statx.rdev_minor = low32(device_minor(from.rdev));
  statx.device_major = low32(device_major(inode.file_system().device()));
  statx.device_minor = low32(device_minor(inode.file_system().device()));
  statx.mount_id = path.mount ? static_cast<std::uint64_t>(path.mount->number) : 0;
  TRY(write_guest(address, statx));
  return 0;
}

Result<std::int64_t> check_accessible(std::uint64_t directory, std::uint64_t address, std::uint32_t mode,
                                      std::uint32_t flags) {
  if ((mode & ~7u) != 0 || (flags & ~(kAtEffective | kAtNoFollow | kAtEmptyPath)) != 0) return fail(Errno::einval);
  [[clang::uninitialized]] PathBuffer buffer;
  std::string_view text = TRY(path_argument(buffer, address));
  // Asked for the real user, not the effective one.
  Credentials who = current_credentials();
  if ((flags & kAtEffective) == 0) {
    who.fsuid = who.uid;
    who.fsgid = who.gid;
  }
  Path path;
  if (text.empty() && (flags & kAtEmptyPath) != 0) {
    path = TRY(path_at(directory, address, true, true));
  } else {
    Path start = TRY(start_of(directory, text));
    Walker walker(start, current_fs().root, who);
    TRY(walker.begin(text));
    path = TRY(finish_walk(walker, (flags & kAtNoFollow) == 0));
  }
  TRY(check_access(who, path.inode(), mode));
  std::uint32_t type = path.inode().type();
  if ((mode & kMayWrite) != 0 && (type == kRegular || type == kDirectory || type == kSymlink))
    TRY(check_writable(path));
  return 0;
}

Result<std::int64_t> read_link(std::uint64_t directory, std::uint64_t address, std::uint64_t to, std::uint64_t size) {
  if (int32(size) <= 0) return fail(Errno::einval);
  [[clang::uninitialized]] PathBuffer buffer;
  std::string_view text = TRY(path_argument(buffer, address));
  Path path;
  if (text.empty()) {
    path = TRY(path_at(directory, address, false, true));
    if (path.inode().type() != kSymlink) return fail(Errno::enoent);
  } else {
    path = TRY(path_at(directory, address, false));
  }
  if (path.inode().type() != kSymlink) return fail(Errno::einval);
  std::string target = TRY(path.inode().read_link());
  auto bytes = std::as_bytes(std::span<const char>(target)).first(std::min<std::size_t>(target.size(), low32(size)));
  TRY(copy_to_guest(to, bytes));
  return static_cast<std::int64_t>(bytes.size());
}

Result<std::int64_t> put_statfs(const Path& path, std::uint64_t address) {
  constexpr std::int64_t kValid = 0x20;
  FileSystem& file_system = path.inode().file_system();
  FileSystemFacts facts = file_system.facts();
  abi::StatFs out{};
  out.type = static_cast<std::int64_t>(file_system.magic());
  out.block_bytes = out.fragment_bytes = static_cast<std::int64_t>(facts.block_bytes);
  out.blocks = facts.blocks;
  out.free_blocks = facts.free_blocks;
  out.available_blocks = facts.available_blocks;
  out.files = facts.files;
  out.free_files = facts.free_files;
  out.id = {static_cast<std::int32_t>(file_system.device()), 0};
  out.name_bytes = 255;
  // MS_RDONLY .. MS_NOEXEC are ST_* of the same values; noatime and relatime too.
  std::uint64_t mount_flags = path.mount ? path.mount->flags : 0;
  out.flags = kValid | static_cast<std::int64_t>(mount_flags & 0xf) |
              ((mount_flags & kMountNoAccessTime) != 0 ? 0x400 : 0) |
              ((mount_flags & kMountRelativeTime) != 0 ? 0x1000 : 0);
  TRY(write_guest(address, out));
  return 0;
}

}  // namespace

Result<std::int64_t> sys_stat(const Arguments& a) { return put_stat(TRY(path_at(kAtFdCwd, a[0], true)).inode(), a[1]); }
Result<std::int64_t> sys_lstat(const Arguments& a) {
  return put_stat(TRY(path_at(kAtFdCwd, a[0], false)).inode(), a[1]);
}

Result<std::int64_t> sys_fstat(const Arguments& a) {
  Ref<File> file = TRY(any_file_at(a[0]));
  Ref<Inode> inode = file->inode();
  if (!inode) return fail(Errno::ebadf);
  return put_stat(*inode, a[1]);
}

Result<std::int64_t> sys_newfstatat(const Arguments& a) {
  std::uint32_t flags = low32(a[3]);
  if ((flags & ~(kAtNoFollow | kAtNoAutomount | kAtEmptyPath)) != 0) return fail(Errno::einval);
  Path path = TRY(path_at(a[0], a[1], (flags & kAtNoFollow) == 0, (flags & kAtEmptyPath) != 0));
  return put_stat(path.inode(), a[2]);
}

Result<std::int64_t> sys_statx(const Arguments& a) {
  constexpr std::uint32_t kReservedMask = 0x80000000;
  std::uint32_t flags = low32(a[2]);
  if ((flags & ~(kAtNoFollow | kAtNoAutomount | kAtEmptyPath | kAtStatxSync)) != 0) return fail(Errno::einval);
  if ((flags & kAtStatxSync) == kAtStatxSync || (low32(a[3]) & kReservedMask) != 0) return fail(Errno::einval);
  Path path = TRY(path_at(a[0], a[1], (flags & kAtNoFollow) == 0, (flags & kAtEmptyPath) != 0));
  return put_statx(path, a[4]);
}

Result<std::int64_t> sys_access(const Arguments& a) { return check_accessible(kAtFdCwd, a[0], low32(a[1]), 0); }
Result<std::int64_t> sys_faccessat(const Arguments& a) { return check_accessible(a[0], a[1], low32(a[2]), 0); }
Result<std::int64_t> sys_faccessat2(const Arguments& a) {
  return check_accessible(a[0], a[1], low32(a[2]), low32(a[3]));
}

Result<std::int64_t> sys_readlink(const Arguments& a) { return read_link(kAtFdCwd, a[0], a[1], a[2]); }
Result<std::int64_t> sys_readlinkat(const Arguments& a) { return read_link(a[0], a[1], a[2], a[3]); }

Result<std::int64_t> sys_statfs(const Arguments& a) {
  Path path = TRY(path_at(kAtFdCwd, a[0], true));
  return put_statfs(path, a[1]);
}
Result<std::int64_t> sys_fstatfs(const Arguments& a) {
  Ref<File> file = TRY(any_file_at(a[0]));
  if (!file->path) return fail(Errno::ebadf);
  return put_statfs(file->path, a[1]);
}

}  // namespace tessera::lx
