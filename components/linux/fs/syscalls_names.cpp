// SPDX-License-Identifier: Apache-2.0
// mkdir, mknod, unlink, rename, link, symlink: arguments for names.hpp.
#include "components/linux/fs/names.hpp"

#include "components/linux/fs/syscall_support.hpp"

namespace tessera::lx {
namespace {

// Reads the path at `address` and hands the start of its walk and the text to `act`.
template <typename Act>
Result<std::int64_t> with_path(std::uint64_t directory, std::uint64_t address, Act act) {
  [[clang::uninitialized]] PathBuffer buffer;
  std::string_view path = TRY(path_argument(buffer, address));
  Path start = TRY(start_of(directory, path));
  Result<void> done = act(start, path);
  if (!done) return fail(done.error());
  return 0;
}

Result<std::int64_t> make_directory(std::uint64_t directory, std::uint64_t path, std::uint64_t mode) {
  return with_path(directory, path, [&](const Path& start, std::string_view text) {
    return make_node(start, text, kDirectory | (low32(mode) & 01777), 0);
  });
}

Result<std::int64_t> make_special(std::uint64_t directory, std::uint64_t path, std::uint64_t mode_argument,
                                  std::uint64_t device) {
  std::uint32_t mode = low32(mode_argument) & (kTypeMask | 07777);
  switch (mode & kTypeMask) {
    case 0: mode |= kRegular; break;
    case kRegular:
    case kCharDevice:
    case kBlockDevice:
    case kFifo:
    case kSocket: break;
    case kDirectory: return fail(Errno::eperm);
    default: return fail(Errno::einval);
  }
  return with_path(directory, path, [&](const Path& start, std::string_view text) {
    return make_node(start, text, mode, low32(device));
  });
}

Result<std::int64_t> remove(std::uint64_t directory, std::uint64_t path, bool is_directory) {
  return with_path(directory, path, [&](const Path& start, std::string_view text) {
    return remove_name(start, text, is_directory);
  });
}

Result<std::int64_t> rename(std::uint64_t from_directory, std::uint64_t from, std::uint64_t to_directory,
                            std::uint64_t to, std::uint64_t flags) {
  return with_path(from_directory, from, [&](const Path& from_start, std::string_view from_text) -> Result<void> {
    auto done = with_path(to_directory, to, [&](const Path& to_start, std::string_view to_text) {
      return rename_path(from_start, from_text, to_start, to_text, low32(flags));
    });
    return done ? Result<void>{} : fail(done.error());
  });
}

Result<std::int64_t> link(std::uint64_t from_directory, std::uint64_t from, std::uint64_t to_directory,
                          std::uint64_t to, std::uint32_t flags) {
  if ((flags & ~(kAtFollow | kAtEmptyPath)) != 0) return fail(Errno::einval);
  Path target = TRY(path_at(from_directory, from, (flags & kAtFollow) != 0, (flags & kAtEmptyPath) != 0));
  // An O_TMPFILE gets its name by way of /proc/self/fd; a removed file gets none.
  return with_path(to_directory, to, [&](const Path& start, std::string_view text) -> Result<void> {
    if (target.inode().attributes.links == 0 && target.node->deleted()) return fail(Errno::enoent);
    return make_link(target, start, text);
  });
}

Result<std::int64_t> symlink(std::uint64_t target, std::uint64_t directory, std::uint64_t path) {
  [[clang::uninitialized]] PathBuffer buffer;
  std::string_view target_text = TRY(path_argument(buffer, target));
  return with_path(directory, path, [&](const Path& start, std::string_view text) {
    return make_symlink(start, text, target_text);
  });
}

}  // namespace

Result<std::int64_t> sys_mkdir(const Arguments& a) { return make_directory(kAtFdCwd, a[0], a[1]); }
Result<std::int64_t> sys_mkdirat(const Arguments& a) { return make_directory(a[0], a[1], a[2]); }
Result<std::int64_t> sys_mknod(const Arguments& a) { return make_special(kAtFdCwd, a[0], a[1], a[2]); }
Result<std::int64_t> sys_mknodat(const Arguments& a) { return make_special(a[0], a[1], a[2], a[3]); }
Result<std::int64_t> sys_rmdir(const Arguments& a) { return remove(kAtFdCwd, a[0], true); }
Result<std::int64_t> sys_unlink(const Arguments& a) { return remove(kAtFdCwd, a[0], false); }
Result<std::int64_t> sys_unlinkat(const Arguments& a) {
  if ((low32(a[2]) & ~kAtRemoveDirectory) != 0) return fail(Errno::einval);
  return remove(a[0], a[1], (a[2] & kAtRemoveDirectory) != 0);
}
Result<std::int64_t> sys_rename(const Arguments& a) { return rename(kAtFdCwd, a[0], kAtFdCwd, a[1], 0); }
Result<std::int64_t> sys_renameat(const Arguments& a) { return rename(a[0], a[1], a[2], a[3], 0); }
Result<std::int64_t> sys_renameat2(const Arguments& a) { return rename(a[0], a[1], a[2], a[3], a[4]); }
Result<std::int64_t> sys_link(const Arguments& a) { return link(kAtFdCwd, a[0], kAtFdCwd, a[1], 0); }
Result<std::int64_t> sys_linkat(const Arguments& a) { return link(a[0], a[1], a[2], a[3], low32(a[4])); }
Result<std::int64_t> sys_symlink(const Arguments& a) { return symlink(a[0], kAtFdCwd, a[1]); }
Result<std::int64_t> sys_symlinkat(const Arguments& a) { return symlink(a[0], a[1], a[2]); }

}  // namespace tessera::lx
