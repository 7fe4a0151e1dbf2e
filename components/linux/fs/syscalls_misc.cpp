// SPDX-License-Identifier: Apache-2.0
// pipe, sync, fadvise, getrandom.
#include <algorithm>
#include <array>

#include "components/linux/core/random.hpp"
#include "components/linux/fs/file_system.hpp"
#include "components/linux/fs/pipe.hpp"
#include "components/linux/fs/syscall_support.hpp"

namespace tessera::lx {
namespace {

Result<std::int64_t> open_pipe(std::uint64_t address, std::uint32_t flags) {
  if ((flags & ~(kOpenCloseOnExec | kOpenNonBlock)) != 0) return fail(Errno::einval);  // no packet mode (O_DIRECT)
  bool close_on_exec = (flags & kOpenCloseOnExec) != 0;
  auto [reader, writer] = make_pipe(flags & kOpenNonBlock);
  FileTable& table = current_files();
  int read_end = TRY(table.install(std::move(reader), close_on_exec));
  auto write_end = table.install(std::move(writer), close_on_exec);
  Result<void> done = write_end ? write_guest(address, std::array<std::int32_t, 2>{read_end, *write_end})
                                : fail(write_end.error());
  if (done) return 0;
  (void)table.close(read_end);
  if (write_end) (void)table.close(*write_end);
  return fail(done.error());
}

Result<std::int64_t> sync_file(std::uint64_t descriptor, bool data_only) {
  Ref<File> file = TRY(file_at(descriptor));
  Ref<Inode> inode = file->inode();
  const std::uint32_t type = inode ? inode->type() : kFifo;
  if (type == kBlockDevice) {
    TRY(file->sync(Hold::leave));
    return 0;
  }
  if (type != kRegular && type != kDirectory) return fail(Errno::einval);
  TRY(inode->sync(data_only, Hold::leave));
  return 0;
}

}  // namespace

Result<std::int64_t> sys_pipe(const Arguments& a) { return open_pipe(a[0], 0); }
Result<std::int64_t> sys_pipe2(const Arguments& a) { return open_pipe(a[0], low32(a[1])); }

Result<std::int64_t> sys_sync(const Arguments&) {
  sync_file_systems(Hold::leave);
  return 0;
}
Result<std::int64_t> sys_fsync(const Arguments& a) { return sync_file(a[0], false); }
Result<std::int64_t> sys_fdatasync(const Arguments& a) { return sync_file(a[0], true); }
Result<std::int64_t> sys_syncfs(const Arguments& a) {
  Ref<File> file = TRY(file_at(a[0]));
  if (const Ref<Inode> inode = file->inode()) TRY(Ref<FileSystem>(&inode->file_system())->sync(Hold::leave));
  return 0;
}

// Advice about reading ahead: all of a file is in memory already.
Result<std::int64_t> sys_fadvise64(const Arguments& a) {
  constexpr std::uint32_t kLastAdvice = 5;
  Ref<File> file = TRY(file_at(a[0]));
  if (file->pipe() != nullptr) return fail(Errno::espipe);
  if (static_cast<std::int64_t>(a[2]) < 0 || low32(a[3]) > kLastAdvice) return fail(Errno::einval);
  return 0;
}

Result<std::int64_t> sys_readahead(const Arguments& a) {
  Ref<File> file = TRY(file_at(a[0]));
  Ref<Inode> inode = file->inode();
  if (!file->readable()) return fail(Errno::ebadf);
  if (!inode || inode->type() != kRegular) return fail(Errno::einval);
  return 0;
}

Result<std::int64_t> sys_getrandom(const Arguments& a) {
  constexpr std::uint32_t kNonBlock = 1, kRandom = 2, kInsecure = 4;
  std::uint32_t flags = low32(a[2]);
  if ((flags & ~(kNonBlock | kRandom | kInsecure)) != 0) return fail(Errno::einval);
  if ((flags & (kRandom | kInsecure)) == (kRandom | kInsecure)) return fail(Errno::einval);
  constexpr std::uint64_t kMostBytes = 33'554'431;
  [[clang::uninitialized]] std::array<std::byte, 512> piece;
  std::uint64_t wanted = std::min(a[1], kMostBytes), done = 0;
  while (done < wanted) {
    auto part = std::span(piece).first(static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), wanted - done)));
    random_bytes(part);
    std::size_t moved = copy_to_guest_partial(a[0] + done, part);
    done += moved;
    if (moved < part.size()) break;
    if (done % (64 * 1024) == 0 && current_signal_pending()) break;
  }
  if (done == 0 && wanted != 0) return fail(Errno::efault);
  return static_cast<std::int64_t>(done);
}

}  // namespace tessera::lx
