// SPDX-License-Identifier: Apache-2.0
// open and its relatives, close, dup, memfd_create.
#include <algorithm>
#include <string>

#include "components/linux/fs/abi.hpp"
#include "components/linux/fs/syscall_support.hpp"
#include "components/linux/fs/syscalls_open.hpp"
#include "components/linux/fs/tmpfs.hpp"

namespace tessera::lx {
namespace {

// All flags that open knows; openat2 refuses others.
constexpr std::uint64_t kKnownFlags = kOpenAccessMask | kOpenCreate | kOpenExclusive | kOpenNoTerminal | kOpenTruncate |
                                      kOpenAppend | kOpenNonBlock | kOpenSync | kOpenAsync | kOpenDirect |
                                      kOpenLargeFile | kOpenDirectory | kOpenNoFollow | kOpenNoAccessTime |
                                      kOpenCloseOnExec | kOpenPath | kOpenTemporaryBit;

Result<std::int64_t> install(Ref<File> file, std::uint32_t flags) {
  return TRY(current_files().install(std::move(file), (flags & kOpenCloseOnExec) != 0));
}

Result<std::int64_t> open_at(std::uint64_t directory, std::uint64_t address, std::uint32_t flags, std::uint32_t mode,
                             std::uint64_t restrictions = 0) {
  if ((flags & kOpenTemporaryBit) != 0 && (flags & kOpenDirectory) == 0) return fail(Errno::einval);
  if ((flags & (kOpenCreate | kOpenDirectory)) == (kOpenCreate | kOpenDirectory)) return fail(Errno::einval);
  [[clang::uninitialized]] PathBuffer buffer;
  std::string_view path = TRY(path_argument(buffer, address));
  TRY(current_files().check_room());
  Path start = TRY(start_of(directory, path));
  Ref<File> file = TRY(open_path(start, path, flags | kOpenLargeFile, mode, restrictions));
  return install(std::move(file), flags);
}

std::uint32_t known(std::uint64_t flags) { return low32(flags) & static_cast<std::uint32_t>(kKnownFlags); }

}  // namespace

Result<std::int64_t> sys_open(const Arguments& a) { return open_at(kAtFdCwd, a[0], known(a[1]), low32(a[2])); }
Result<std::int64_t> sys_openat(const Arguments& a) { return open_at(a[0], a[1], known(a[2]), low32(a[3])); }
Result<std::int64_t> sys_creat(const Arguments& a) {
  return open_at(kAtFdCwd, a[0], kOpenCreate | kOpenWriteOnly | kOpenTruncate, low32(a[1]));
}

Result<abi::OpenHow> read_open_how(std::uint64_t address, std::uint64_t bytes) {
  if (bytes < sizeof(abi::OpenHow)) return fail(Errno::einval);
  if (bytes > 4096) return fail(Errno::e2big);
  auto how = TRY(read_guest<abi::OpenHow>(address));
  // A larger structure of the future must be zero behind what is known.
  for (std::uint64_t at = sizeof(how); at < bytes; ++at)
    if (TRY(read_guest<std::uint8_t>(address + at)) != 0) return fail(Errno::e2big);
  constexpr std::uint64_t kResolveAll =
      kResolveNoCrossing | kResolveNoMagicLinks | kResolveNoLinks | kResolveBeneath | kResolveInRoot;
  if ((how.flags & ~kKnownFlags) != 0 || (how.resolve & ~kResolveAll) != 0) return fail(Errno::einval);
  if ((how.resolve & kResolveBeneath) != 0 && (how.resolve & kResolveInRoot) != 0) return fail(Errno::einval);
  bool makes = (how.flags & (kOpenCreate | kOpenTemporaryBit)) != 0;
  if (how.mode > 07777 || (how.mode != 0 && !makes)) return fail(Errno::einval);
  return how;
}

Result<std::int64_t> sys_openat2(const Arguments& a) {
  auto how = TRY(read_open_how(a[2], a[3]));
  return open_at(a[0], a[1], low32(how.flags), low32(how.mode), how.resolve);
}

Result<std::int64_t> open_without_waiting(std::uint64_t directory, std::uint64_t address, std::uint32_t flags,
                                          std::uint32_t mode, std::uint64_t restrictions) {
  flags = known(flags);
  std::int64_t descriptor = TRY(open_at(directory, address, flags | kOpenNonBlock, mode, restrictions));
  if ((flags & kOpenNonBlock) == 0) {
    File* file = current_files().find(static_cast<int>(descriptor));
    file->set_flags(file->flags() & ~kOpenNonBlock);
  }
  return descriptor;
}

Result<std::int64_t> sys_close(const Arguments& a) {
  TRY(current_files().close(int32(a[0])));
  return 0;
}

Result<std::int64_t> sys_close_range(const Arguments& a) {
  constexpr std::uint32_t kUnshare = 2, kCloseOnExec = 4;
  std::uint32_t first = low32(a[0]), last = low32(a[1]), flags = low32(a[2]);
  if ((flags & ~(kUnshare | kCloseOnExec)) != 0 || first > last) return fail(Errno::einval);
  // Another thread's table cannot be taken apart from here.
  if ((flags & kUnshare) != 0 && current_files().references() > 1) return fail(Errno::einval);
  if ((flags & kCloseOnExec) != 0)
    current_files().set_close_on_exec_range(first, last);
  else
    current_files().close_range(first, last);
  return 0;
}

Result<std::int64_t> sys_dup(const Arguments& a) {
  Ref<File> file = TRY(any_file_at(a[0]));
  return TRY(current_files().install(std::move(file), false));
}

Result<std::int64_t> sys_dup2(const Arguments& a) {
  Ref<File> file = TRY(any_file_at(a[0]));
  if (int32(a[0]) != int32(a[1])) TRY(current_files().install_at(int32(a[1]), std::move(file), false));
  return int32(a[1]);
}

Result<std::int64_t> sys_dup3(const Arguments& a) {
  if ((low32(a[2]) & ~kOpenCloseOnExec) != 0 || int32(a[0]) == int32(a[1])) return fail(Errno::einval);
  Ref<File> file = TRY(any_file_at(a[0]));
  TRY(current_files().install_at(int32(a[1]), std::move(file), a[2] != 0));
  return int32(a[1]);
}

Result<std::int64_t> sys_memfd_create(const Arguments& a) {
  constexpr std::uint32_t kCloseOnExec = 1, kAllowSealing = 2, kNoExecSeal = 8, kExec = 16;
  const std::uint32_t flags = low32(a[1]);
  if ((flags & ~(kCloseOnExec | kAllowSealing | kNoExecSeal | kExec)) != 0) return fail(Errno::einval);
  if ((flags & kExec) != 0 && (flags & kNoExecSeal) != 0) return fail(Errno::einval);
  [[clang::uninitialized]] std::array<char, 250> buffer;
  auto name = string_from_guest(buffer, a[0]);
  if (!name) return fail(name.error() == Errno::enametoolong ? Errno::einval : name.error());
  static Ref<TmpDirectory>* root = new Ref<TmpDirectory>(make_tmpfs());
  Ref<Inode> inode = TRY((*root)->create_unnamed(kRegular | 0777));
  std::uint32_t& seals = *inode->seals();
  if ((flags & kNoExecSeal) != 0) {
    inode->attributes.mode &= ~0111u;
    seals = kSealExec;
  } else if ((flags & kAllowSealing) != 0) {
    seals = 0;
  }
  Ref<File> file = TRY(inode->open(kOpenReadWrite | kOpenLargeFile));
  std::string text("/memfd:");
  text.append(*name);
  text.append(" (deleted)");
  file->path = unnamed_path(text, inode);
  return TRY(current_files().install(std::move(file), (flags & kCloseOnExec) != 0));
}

}  // namespace tessera::lx
